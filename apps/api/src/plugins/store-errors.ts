import { causesOf } from "@winnow/store";

/** Postgres' codes for a value outside its type's range, and for text it cannot hold. */
const UNSTORABLE = new Set(["22003", "22021"]);

/** Whether an error of the store says that a value of the request is none that a column could ever hold. */
export function isUnstorableValue(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if (UNSTORABLE.has(String(code)) || UNSTORABLE.has(String(originalCode))) return true;
  }
  return false;
}
