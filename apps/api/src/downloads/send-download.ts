import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { Turns } from "../access/limiter.js";

export interface Download {
  /** Without it a browser shows the answer instead of saving it. */
  readonly filename?: string;
  readonly contentType: string;
  /** The exact length, if it is known before the first byte. */
  readonly bytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array | string>;
}

/**
 * Streams a download with back-pressure. When the client disconnects, the iteration ends and closes
 * what the chunks are read from. Throws `overloaded` when too many downloads run, and
 * `rate-limited` when too many of them are the sender's.
 */
export function sendDownload(reply: FastifyReply, turns: Turns, download: Download): FastifyReply {
  const release = turns.acquire();
  // Not in object mode: the next chunk is made once the bytes of this one are sent.
  const stream = Readable.from(download.chunks, { objectMode: false });
  stream.once("close", release);
  reply.type(download.contentType).headers(download.headers ?? {});
  if (download.filename !== undefined) {
    reply.header("content-disposition", `attachment; filename="${download.filename}"`);
  }
  if (download.bytes !== undefined) reply.header("content-length", String(download.bytes));
  return reply.send(stream);
}
