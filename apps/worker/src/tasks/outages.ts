import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@winnow/contracts";
import { isConnectionLost, StaleClaimError } from "@winnow/store";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs one transaction and, when Postgres went away under it, again after a pause, for about
 * `patienceMs`. Only for work that is whole or not at all and does no harm when done twice: what
 * the claim guards. An answer of Postgres itself (a broken rule, a full disk) is thrown at once.
 */
export async function outlastingOutages<T>(
  work: () => Promise<T>,
  patienceMs = 60_000,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || performance.now() + pauseMs > deadline) throw error;
      await sleep(pauseMs, undefined, signal ? { signal } : {});
    }
  }
}

/** Also a deadlock, with a writer whose claim is lost. */
function isOutage(error: unknown): boolean {
  if (error instanceof AppError || error instanceof StaleClaimError) return false;
  return isConnectionLost(error) || (error as { code?: unknown }).code === "40P01";
}
