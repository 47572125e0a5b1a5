import type { Calls } from "../calls/calls.js";
import type { Job } from "../contract/types.js";
import { waitForEnd } from "./wait-for-end.js";

export interface JobsWaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Throws WaitTimeoutError if the jobs have not ended by then. The jobs go on. */
  readonly timeoutMs?: number | undefined;
  /** Called with a job as it stands, about once a second while it changes, and with its end. */
  readonly onProgress?: ((job: Job) => void) | undefined;
  /** How long a service that does not answer is asked again. Default: a minute. */
  readonly patienceMs?: number;
}

/** Jobs were still open when the time was over. */
export class WaitTimeoutError extends Error {
  override readonly name = "WaitTimeoutError";
}

/** What a client offers for jobs. */
export interface Jobs {
  /**
   * Waits until a job has ended and returns it, also when it failed or was cancelled: look at `state`
   * and `error`. Of several, returns all in the order of their ids once the last has ended. Throws
   * WaitTimeoutError, the reason of `signal`, and as every call does.
   */
  wait(id: string, options?: JobsWaitOptions): Promise<Job>;
  wait(ids: readonly string[], options?: JobsWaitOptions): Promise<Job[]>;
}

/** Followed at a time. A browser opens six connections to an address, and each stream holds one. */
const MOST_FOLLOWED = 4;

export const jobsOf = (client: Calls): Jobs => ({
  async wait(ids: string | readonly string[], options: JobsWaitOptions = {}) {
    const all = typeof ids === "string" ? [ids] : ids;
    const ended = await waitForAll(client, all, options);
    return (typeof ids === "string" ? ended[0] : ended) as never;
  },
});

async function waitForAll(
  client: Calls,
  ids: readonly string[],
  { signal, timeoutMs, onProgress, patienceMs = 60_000 }: JobsWaitOptions,
): Promise<Job[]> {
  // Ends the others when one wait has failed, or the time is over.
  const all = new AbortController();
  const late = () =>
    all.abort(new WaitTimeoutError(`Not all jobs ended within ${timeoutMs} ms; they go on.`));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  const together = signal ? AbortSignal.any([signal, all.signal]) : all.signal;
  const ended: Job[] = [];
  let next = 0;
  const followSome = async () => {
    for (let i = next++; i < ids.length; i = next++) {
      ended[i] = await waitForEnd(client, ids[i]!, { signal: together, onProgress, patienceMs });
    }
  };
  try {
    together.throwIfAborted();
    await Promise.all(Array.from({ length: Math.min(MOST_FOLLOWED, ids.length) }, followSome));
    return ended;
  } finally {
    clearTimeout(timer);
    all.abort(new Error("another wait has failed"));
  }
}
