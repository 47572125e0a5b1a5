import type { Calls } from "../calls/calls.js";
import { isTerminal } from "../contract/route.js";
import type { JobState } from "../contract/types.js";
import { isTransient } from "../http/errors.js";
import { pause } from "../http/pause.js";
import { type FollowedEvent, listEvents, type Reading, streamEvents } from "./job-events.js";

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only events after this one. Default: from the first. */
  readonly after?: string | undefined;
  /** How long a service that does not answer is asked again. Default: a minute. */
  readonly patienceMs?: number;
  /** Between two requests for what is new. Default: a second. */
  readonly pollMs?: number;
  /** A stream that brings nothing for so long, not even a heartbeat, is given up. Default: 45 s. */
  readonly silenceMs?: number;
}

/** A proxy may hold streams back. After so many that brought nothing at all, pages are asked for. */
const MOST_SILENT_STREAMS = 2;

/**
 * A job's events in order, each once, until the job has ended. They come as a stream; where a proxy
 * lets none through, they are asked for page by page. Throws like `Client.call`, but asks a service
 * that is away again for a while.
 */
export async function* followEvents(
  client: Calls,
  id: string,
  options: FollowOptions = {},
): AsyncGenerator<FollowedEvent> {
  const { signal, patienceMs = 60_000, pollMs = 1_000, silenceMs = 45_000 } = options;
  let { after } = options;
  let silentStreams = 0;
  let wasOver = false;
  let answeredAt = performance.now();
  for (;;) {
    const isStream = silentStreams < MOST_SILENT_STREAMS;
    let blocks = 0;
    try {
      const reading: Reading = { after, signal, silenceMs };
      const events = (isStream ? streamEvents : listEvents)(client, id, reading);
      for await (const event of events) {
        blocks += 1;
        answeredAt = performance.now();
        if (event === null) continue;
        after = event.id;
        yield event;
        if (endsJob(event)) return;
      }
      // The job's last event may have been tidied away; then its state says that it has ended.
      if (wasOver) return;
      const { state } = await client.call("getJob", { params: { id }, signal });
      answeredAt = performance.now();
      wasOver = isTerminal(state);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error) || performance.now() - answeredAt > patienceMs) throw error;
    }
    if (isStream) silentStreams = blocks === 0 ? silentStreams + 1 : 0;
    if (!wasOver) await pause(pollMs, signal);
  }
}

const endsJob = ({ type, data }: FollowedEvent): boolean =>
  type === "state" && isTerminal(data.state as JobState);
