/** Postgres' codes for a value outside its type's range, and for text it cannot hold. */
const UNSTORABLE = new Set(["22003", "22021"]);

/**
 * Whether an error of the store says that a value of the request is none that a column could ever
 * hold: told by the error, by its causes, and by what Prisma keeps of the driver's.
 */
export function isUnstorableValue(error: unknown): boolean {
  let at: unknown = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < 6; depth++) {
    const { code, originalCode, cause, meta } = at as {
      code?: unknown;
      originalCode?: unknown;
      cause?: unknown;
      meta?: { driverAdapterError?: unknown };
    };
    if (UNSTORABLE.has(String(code)) || UNSTORABLE.has(String(originalCode))) return true;
    at = cause ?? meta?.driverAdapterError;
  }
  return false;
}
