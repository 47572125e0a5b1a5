import { causesOf } from "@winnow/contracts";

/** Postgres' codes for a number outside the range of its type and for text it cannot store. */
const UNSTORABLE = new Set(["22003", "22021"]);

/** Whether an error of the store says that a value of the request does not fit its column. */
export function isUnstorableValue(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if (UNSTORABLE.has(String(code)) || UNSTORABLE.has(String(originalCode))) return true;
  }
  return false;
}
