import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@winnow/contracts";
import { StaleClaimError } from "@winnow/store";

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

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too many
// connections, shutdowns, a deadlock with a writer whose claim is lost; and what the network says.
const OUTAGE =
  /^(08...|40P01|53300|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AppError || error instanceof StaleClaimError) {
    return false;
  }
  if ("code" in error && error.code !== undefined) return OUTAGE.test(String(error.code));
  // The driver's own errors of a connection that broke bear no code.
  return (
    error.message.includes("onnection terminated") || error.message.includes("timeout exceeded")
  );
}
