import { jsonItems, jsonMembers } from "../rows/json-members.js";
import { WrittenNumber } from "../rows/written-number.js";

/** The texts of an object's values by key, or of a list's by position. */
type Members = ReadonlyMap<string, string>;

/** What follows a key whose value is a number. */
const NUMBER_VALUE = /[ \t]*:[ \t]*(-?\d[\d.eE+-]*)/y;

/** Puts numbers back as they stand in a line's text, because JSON.parse rounds them to doubles. */
export class JsonNumbers {
  readonly #paths: readonly { whole: string; steps: readonly string[]; mark: string }[];

  /** At these dotted paths; a key whose name is the whole path takes precedence. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((whole) => {
      const steps = whole.split(".");
      return { whole, steps, mark: JSON.stringify(steps.at(-1)) };
    });
  }

  /** `members` are those of the text, which is the object's. */
  restore(object: object, text: string, members: () => Members): void {
    for (const { whole, steps, mark } of this.#paths) {
      const path = steps.length > 1 && Object.hasOwn(object, whole) ? [whole] : steps;
      const value = valueAt(object, path);
      if (typeof value === "number") {
        const isOwnKey = path === steps;
        const quick = isOwnKey ? numberAfter(text, mark, value) : null;
        if (quick === null) putBack(object, members(), path);
        else if (quick !== String(value)) replace(object, path, new WrittenNumber(quick));
      } else if (Array.isArray(value) && value.some((item) => typeof item === "number")) {
        putBack(object, members(), path);
      }
    }
  }
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return found;
}

function valueAt(object: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(own, object);
}

/**
 * The text of the number that follows the key `mark`, with its quotes. null if the line has the same
 * text more than once, so that it need not be this key's.
 */
function numberAfter(text: string, mark: string, value: number): string | null {
  const at = text.indexOf(mark);
  if (at < 0 || text.includes(mark, at + 1)) return null;
  NUMBER_VALUE.lastIndex = at + mark.length;
  const written = NUMBER_VALUE.exec(text)?.[1];
  return written !== undefined && Object.is(Number(written), value) ? written : null;
}

/** Replaces the number at the path, or those in the list there, by what its text says. */
function putBack(object: object, members: Members, path: readonly string[]): void {
  let text: string | undefined;
  let inside = members;
  for (const step of path) {
    if (text !== undefined) inside = membersOf(text);
    text = inside.get(step);
    if (text === undefined) return;
  }
  replace(object, path, asWritten(valueAt(object, path), text ?? ""));
}

function replace(object: object, path: readonly string[], value: unknown): void {
  const parent = valueAt(object, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== "object" || parent === null || key === undefined) return;
  // An assignment to "__proto__" would not set a value.
  Object.defineProperty(parent, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Lists inside a list are no labels, so their numbers stay as they are. */
function asWritten(value: unknown, text: string): unknown {
  if (!Array.isArray(value)) return numberAsWritten(value, text);
  const items = jsonItems(text);
  return value.map((item: unknown, i) => numberAsWritten(item, items[i] ?? ""));
}

const numberAsWritten = (value: unknown, text: string): unknown =>
  typeof value === "number" && String(value) !== text ? new WrittenNumber(text) : value;

function membersOf(text: string): Members {
  if (text.startsWith("{")) return jsonMembers(text);
  return new Map(jsonItems(text).map((item, i) => [String(i), item]));
}
