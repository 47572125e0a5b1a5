import { isObject } from "../formats/parse-json.js";

/** An own member of an object; undefined if the value is none or has no such member. */
export function member(value: unknown, key: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** Whether an object has a value at this dotted path, or under it as a name. */
export function hasPath(object: object, path: string): boolean {
  if (member(object, path) !== undefined) return true;
  let value: unknown = object;
  for (const step of path.split(".")) value = member(value, step);
  return value !== undefined;
}
