import { AppError } from "@winnow/contracts";
import { isConnectionLost, isReadOnly, StaleClaimError } from "@winnow/store";
import pRetry from "p-retry";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const PATIENCE_MS = 60_000;

/**
 * Runs a transaction, and retries it for about `patienceMs` while Postgres is unreachable. Only for
 * work that is atomic and harmless when repeated, such as writes that the claim guards. An answer of
 * Postgres itself (a violated constraint, a full disk) is thrown at once.
 */
export function retryOnOutage<T>(work: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  return pRetry(work, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: FIRST_PAUSE_MS,
    maxTimeout: LONGEST_PAUSE_MS,
    maxRetryTime: patienceMs,
    shouldRetry: ({ error }) => isOutage(error),
  });
}

/** A lost connection, a server that only reads as in a failover, or a deadlock with a writer whose claim is lost. */
function isOutage(error: unknown): boolean {
  if (error instanceof AppError || error instanceof StaleClaimError) return false;
  if (isReadOnly(error)) return true;
  return isConnectionLost(error) || (error as { code?: unknown }).code === "40P01";
}
