import type { Calls } from "../calls/calls.js";
import { isTerminal } from "../contract/route.js";
import type { Job } from "../contract/types.js";
import { isTransient } from "../http/errors.js";
import { pause } from "../http/pause.js";

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the job about once a second, until and with its end. */
  readonly onUpdate?: ((job: Job) => void) | undefined;
  /** How long a service that does not answer is asked again. Default: a minute. */
  readonly patienceMs?: number;
}

/** The service answers a long poll when the job's state changes, or after so many seconds. */
const LONG_POLL_SECONDS = 30;
/** Progress is no change of state, so a caller that shows it polls more often. */
const PROGRESS_SECONDS = 1;
/** A host that went away without a word would be waited for much longer. */
const SILENCE_MS = 15_000;
/** A service that is about to close answers long polls at once. */
const PAUSE_MS = 200;

/**
 * Waits until a job has ended and returns it, also when it failed or was cancelled: look at `state`
 * and `error`. Throws like `Client.call`, but asks a service that is away again for a while.
 */
export async function waitForJob(
  client: Calls,
  id: string,
  { signal, onUpdate, patienceMs = 60_000 }: WaitOptions = {},
): Promise<Job> {
  const wait = onUpdate === undefined ? LONG_POLL_SECONDS : PROGRESS_SECONDS;
  const ask = {
    params: { id },
    query: { wait },
    signal,
    timeoutMs: wait * 1000 + SILENCE_MS,
  };
  let answeredAt = performance.now();
  for (;;) {
    try {
      const job = await client.call("getJob", ask);
      answeredAt = performance.now();
      onUpdate?.(job);
      if (isTerminal(job.state)) return job;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error) || performance.now() - answeredAt > patienceMs) throw error;
    }
    await pause(PAUSE_MS, signal);
  }
}
