import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { shown } from "../terminal/paint.js";
import { wholeFile } from "./whole-file.js";

/**
 * Writes a download to `file`, or to stdout without one; gives the number of bytes. A file appears
 * whole or not at all: a broken download leaves what was there before.
 */
export async function saveStream(
  body: ReadableStream<Uint8Array>,
  file: string | undefined,
  signal?: AbortSignal,
): Promise<number> {
  let written = 0;
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      written += chunk.length;
      done(null, chunk);
    },
  });
  const options = signal ? { signal } : {};
  if (file === undefined) {
    const source = Readable.fromWeb(body);
    // A pipe gets the bytes as they are.
    if (process.stdout.isTTY) {
      await pipeline(source, counting, forTerminal, process.stdout, { ...options, end: false });
    } else await pipeline(source, counting, process.stdout, { ...options, end: false });
    return written;
  }
  await wholeFile(file, (draft) =>
    pipeline(Readable.fromWeb(body), counting, createWriteStream(draft), options),
  );
  return written;
}

/** Texts as a terminal may get them. */
async function* forTerminal(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield shown(decoder.decode(chunk, { stream: true }));
  yield shown(decoder.decode());
}
