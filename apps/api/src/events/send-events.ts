import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { type EventStreamOptions, eventStream } from "./event-stream.js";

/** Streams a job's events until the job ends, the client disconnects, or the app closes. */
export function sendEvents(
  reply: FastifyReply,
  closing: AbortSignal,
  options: Omit<EventStreamOptions, "signal">,
): FastifyReply {
  const ended = new AbortController();
  const end = () => {
    closing.removeEventListener("abort", end);
    ended.abort();
  };
  reply.raw.once("close", end);
  closing.addEventListener("abort", end);
  if (closing.aborted || reply.raw.destroyed) end();
  reply
    .type("text/event-stream")
    // A proxy that buffers the answer would delay every event.
    .header("x-accel-buffering", "no");
  const text = eventStream({ ...options, signal: ended.signal });
  return reply.send(Readable.from(text, { objectMode: false }));
}

/** Whether an Accept header asks for server-sent events. */
export const wantsEventStream = (accept: string | undefined): boolean =>
  (accept ?? "").split(",").some((type) => type.trim().startsWith("text/event-stream"));
