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

/** Whether an error of the store says that the database is away, here or in one of its causes. */
export function isStoreUnavailable(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if ("code" in at && typeof at.code === "string" && UNAVAILABLE.has(at.code)) return true;
    at = at.cause;
  }
  return false;
}
