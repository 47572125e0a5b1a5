import type { Calls } from "../calls/calls.js";
import type { JobEvent } from "../contract/types.js";
import { UnexpectedAnswerError, UnreachableError } from "../http/errors.js";
import { readEventStream } from "./event-stream.js";

/** An event of a job: a change of its state, its progress, a metric, or a line of its log. */
export type FollowedEvent = Pick<JobEvent, "id" | "type" | "data">;

export interface Reading {
  /** The last event that the reader has. */
  readonly after: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** A stream that brings nothing for so long, not even a heartbeat, is given up. */
  readonly silenceMs: number;
}

/** The events so far, page by page. */
export async function* listEvents(
  client: Calls,
  id: string,
  { after, signal }: Reading,
): AsyncGenerator<FollowedEvent> {
  let last = after;
  for (let hasMore = true; hasMore; ) {
    const query = last === undefined ? {} : { after: last };
    const page = await client.call("listJobEvents", { params: { id }, query, signal });
    yield* page.data;
    last = page.data.at(-1)?.id ?? last;
    hasMore = page.hasMore;
  }
}

/**
 * The events as a stream brings them: those so far, then those that come. Null: the stream is alive.
 * Ends with the stream, which is the job's end or a service that closes.
 */
export async function* streamEvents(
  client: Calls,
  id: string,
  { after, signal, silenceMs }: Reading,
): AsyncGenerator<FollowedEvent | null> {
  const headers = {
    accept: "text/event-stream",
    ...(after === undefined ? {} : { "last-event-id": after }),
  };
  const opened = new AbortController();
  const response = await within(
    silenceMs,
    client.request("listJobEvents", {
      params: { id },
      headers,
      signal: signal ? AbortSignal.any([signal, opened.signal]) : opened.signal,
    }),
    opened,
  );
  if (response.status === 204 || response.body === null) return;
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body.cancel();
    return; // a proxy has dropped the Accept header
  }
  const events = readEventStream(response.body, (reading) =>
    within(silenceMs, reading, opened).catch((cause: unknown) => {
      throw new UnreachableError("The stream of events was interrupted.", { cause });
    }),
  );
  for await (const event of events) yield event && parse(event);
}

function parse(event: { id: string; type: string; data: string }): FollowedEvent {
  try {
    const data: unknown = JSON.parse(event.data);
    if (typeof data === "object" && data !== null) return { ...event, data } as FollowedEvent;
  } catch {
    // It is no JSON.
  }
  throw new UnexpectedAnswerError(`The data of the event ${event.id} is no object of JSON.`);
}

/** The result of `work` if it takes at most `ms`; otherwise aborts the request. */
async function within<T>(ms: number, work: Promise<T>, request: AbortController): Promise<T> {
  const timer = setTimeout(() => request.abort(new UnreachableError("The stream timed out.")), ms);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
