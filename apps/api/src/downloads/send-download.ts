import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { Slots } from "../access/limiter.js";

export interface Download {
  readonly filename: string;
  readonly contentType: string;
  /** The exact length, where it is known before the first byte. */
  readonly bytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array | string>;
}

/**
 * Streams a download with back-pressure. When the client leaves, the iteration is ended, and with
 * it whatever the chunks are read from. Throws `overloaded` when no slot is free.
 */
export function sendDownload(reply: FastifyReply, slots: Slots, download: Download): FastifyReply {
  const giveBack = slots.take();
  // Not in object mode: the next chunk is made when this one's bytes have gone out.
  const stream = Readable.from(download.chunks, { objectMode: false });
  stream.once("close", giveBack);
  reply
    .type(download.contentType)
    .header("content-disposition", `attachment; filename="${download.filename}"`)
    .headers(download.headers ?? {});
  if (download.bytes !== undefined) reply.header("content-length", String(download.bytes));
  return reply.send(stream);
}
