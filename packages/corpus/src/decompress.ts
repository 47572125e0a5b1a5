import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CorpusError } from "./errors.js";
import type { CorpusLimits } from "./options.js";

type DecompressLimits = Pick<CorpusLimits, "maxDecompressedBytes" | "maxCompressionRatio">;

/** Below this much output no ratio is judged: short, very regular files compress well too. */
const ratioFloorBytes = 64 * 1024 * 1024;

/**
 * The bytes of a source, gunzipped if they begin with gzip's magic. Output is counted as it comes:
 * CorpusError "too-large-decompressed" ends a bomb at the cap, "bad-gzip" a damaged file.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  limits: DecompressLimits,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator, 4);
    if (head[0] !== 0x1f || head[1] !== 0x8b) {
      yield* chain(head, iterator);
      return;
    }
    let bytesIn = 0;
    async function* compressed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chain(head, iterator)) {
        bytesIn += chunk.length;
        yield chunk;
      }
    }
    let bytesOut = 0;
    for await (const chunk of gunzip(compressed())) {
      bytesOut += chunk.length;
      checkCap(bytesIn, bytesOut, limits);
      yield chunk;
    }
  } finally {
    await iterator.return?.();
  }
}

function checkCap(bytesIn: number, bytesOut: number, limits: DecompressLimits): void {
  const { maxDecompressedBytes, maxCompressionRatio } = limits;
  if (bytesOut > maxDecompressedBytes) {
    throw new CorpusError(
      "too-large-decompressed",
      `The file decompresses to more than ${maxDecompressedBytes} bytes. Split it, or raise the limit.`,
      { limit: maxDecompressedBytes },
    );
  }
  if (bytesOut > ratioFloorBytes && bytesOut > bytesIn * maxCompressionRatio) {
    throw new CorpusError(
      "too-large-decompressed",
      `The file decompresses to more than ${maxCompressionRatio} times its size, as no real text does. Upload it uncompressed.`,
      { limit: maxCompressionRatio },
    );
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzipStream = createGunzip({ chunkSize: 128 * 1024 });
  let sourceError: unknown;
  pipeline(Readable.from(source), gunzipStream, (error) => {
    sourceError = error;
  });
  try {
    for await (const chunk of gunzipStream) yield chunk as Uint8Array;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_")) throw sourceError ?? error;
    throw new CorpusError(
      "bad-gzip",
      `The gzip data is damaged or cut off (${(error as Error).message}). Compress the file again.`,
      {},
      { cause: error },
    );
  }
}

async function readHead(iterator: AsyncIterator<Uint8Array>, bytes: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < bytes) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    yield next.value;
  }
}
