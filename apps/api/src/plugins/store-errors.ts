/**
 * Codes of Node, Postgres (class 57P and 53300) and Prisma (P1xxx) for a database that cannot be
 * reached, is starting or stopping, or has no connection left.
 */
const UNAVAILABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "P1001",
  "P1002",
  "P1017",
]);

/** Postgres' codes for a value outside its type's range, and for text it cannot hold. */
const UNSTORABLE = new Set(["22003", "22021"]);

/** Whether an error of the store says that the database is away. */
export const isStoreUnavailable = (error: unknown): boolean => hasCode(error, UNAVAILABLE);

/** Whether it says that a value of the request is none that a column could ever hold. */
export const isUnstorableValue = (error: unknown): boolean => hasCode(error, UNSTORABLE);

/** Looks at an error, at its causes, and at what Prisma keeps of the driver's error. */
function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  let at: unknown = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < 6; depth++) {
    const { code, originalCode, cause, meta } = at as {
      code?: unknown;
      originalCode?: unknown;
      cause?: unknown;
      meta?: { driverAdapterError?: unknown };
    };
    if (codes.has(String(code)) || codes.has(String(originalCode))) return true;
    at = cause ?? meta?.driverAdapterError;
  }
  return false;
}
