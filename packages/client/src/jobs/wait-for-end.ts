import type { Calls } from "../calls/calls.js";
import { isTerminal } from "../contract/route.js";
import type { Job } from "../contract/types.js";
import { isTransient } from "../http/errors.js";
import { pause } from "../http/pause.js";
import { streamEvents } from "./job-events.js";
import { waitForJob } from "./wait-for-job.js";

interface WaitForEndOptions {
  readonly signal: AbortSignal;
  readonly onProgress: ((job: Job) => void) | undefined;
  readonly patienceMs: number;
}

/** A proxy may hold streams back. After so many that brought nothing at all, `?wait=` is asked. */
const MOST_SILENT_STREAMS = 2;
const SILENCE_MS = 45_000;
const PAUSE_MS = 500;
const SHOWN_EVERY_MS = 1_000;

/** The job once it has ended, told by its events; where no stream comes through, by long polls. */
export async function waitForEnd(
  client: Calls,
  id: string,
  options: WaitForEndOptions,
): Promise<Job> {
  const { signal, onProgress, patienceMs } = options;
  let after: string | undefined;
  let answeredAt = performance.now();
  let shownAt = 0;
  const look = async (): Promise<Job> => {
    const job = await client.call("getJob", { params: { id }, signal });
    answeredAt = shownAt = performance.now();
    onProgress?.(job);
    return job;
  };
  for (let silentStreams = 0; silentStreams < MOST_SILENT_STREAMS; ) {
    let blocks = 0;
    try {
      const job = await look();
      if (isTerminal(job.state)) return job;
      const events = streamEvents(client, id, { after, signal, silenceMs: SILENCE_MS });
      for await (const event of events) {
        blocks += 1;
        answeredAt = performance.now();
        if (event === null) continue;
        after = event.id;
        if (event.type === "state" && isTerminal(event.data.state as Job["state"])) break;
        if (onProgress && performance.now() - shownAt > SHOWN_EVERY_MS) await look();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error) || performance.now() - answeredAt > patienceMs) throw error;
    }
    silentStreams = blocks === 0 ? silentStreams + 1 : 0;
    if (blocks === 0) await pause(PAUSE_MS, signal);
  }
  return waitForJob(client, id, { signal, patienceMs, onUpdate: onProgress });
}
