import { isTerminal, type Job, type JobEvent, type Page } from "@winnow/contracts";
import type { EventFeed } from "./event-feed.js";
import { ProgressPace } from "./progress-pace.js";

/** How long a client waits before it reconnects. */
const RETRY_MS = 2_000;

export interface EventStreamOptions {
  readonly feed: EventFeed;
  readonly job: Pick<Job, "id" | "state">;
  /** The id of the last event that the client has received; "0": none. */
  readonly after: string;
  /** Reads one page of the job's events after an id, oldest first. */
  read(after: string): Promise<Page<JobEvent>>;
  /** Aborted when the client disconnects or the service closes. */
  readonly signal: AbortSignal;
  /** After this long without events a comment is sent. */
  readonly heartbeatMs: number;
}

/**
 * A job's events as server-sent events: past ones, then new ones until the job has ended. They are
 * produced as fast as the client reads, so a slow client needs a bounded amount of memory.
 */
export async function* eventStream(options: EventStreamOptions): AsyncGenerator<string> {
  const { feed, job, signal, heartbeatMs } = options;
  const pace = new ProgressPace();
  let after = options.after;
  let hasEnded = false;

  /** The events that the client does not have yet, as text. */
  const send = (events: readonly JobEvent[]): string => {
    const fresh = events.filter((event) => BigInt(event.id) > BigInt(after));
    after = fresh.at(-1)?.id ?? after;
    hasEnded ||= events.some(endsJob);
    return pace.pass(fresh, performance.now()).map(format).join("");
  };

  async function* catchUp(): AsyncGenerator<string> {
    for (let more = true; more && !hasEnded && !signal.aborted; ) {
      const page = await options.read(after);
      const text = send(page.data);
      if (text !== "") yield text;
      more = page.hasMore;
    }
  }

  yield `retry: ${RETRY_MS}\n\n`;
  yield* catchUp();
  // The retention may have removed the event that says how the job ended.
  if (hasEnded || isTerminal(job.state)) return;
  const reader = feed.watch(job.id, after);
  try {
    let quietSince = performance.now();
    while (!hasEnded && !signal.aborted) {
      const now = performance.now();
      const rest = Math.min(quietSince + heartbeatMs - now, pace.restMs(now));
      await reader.wait(Math.max(0, rest), signal);
      const { events, behind } = reader.take();
      const text = send(events);
      if (text !== "") yield text;
      if (behind) yield* catchUp();
      if (text !== "" || behind) quietSince = performance.now();
      else if (performance.now() >= quietSince + heartbeatMs) {
        yield ": heartbeat\n\n";
        quietSince = performance.now();
      }
    }
  } finally {
    reader.close();
  }
}

const endsJob = ({ type, data }: JobEvent): boolean =>
  type === "state" && isTerminal(data.state as Job["state"]);

/** JSON has no line breaks, so the data is one line. */
const format = ({ id, type, data }: JobEvent): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
