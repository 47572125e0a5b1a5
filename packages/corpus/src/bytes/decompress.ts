import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress as ZstdDecompress } from "fzstd";
import { CorpusError } from "../errors.js";
import type { CorpusLimits } from "../options/limits.js";
import { ZstdWindows } from "./zstd-windows.js";

type DecompressLimits = Pick<CorpusLimits, "maxDecompressedBytes" | "maxCompressionRatio">;

/** How a file is compressed, as its first bytes show. */
export type Compression = "none" | "gzip" | "zstd";

/** No ratio is checked below this much output: short, very regular files compress well too. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

/** 4 bytes of zstd can stand for 128 KiB; small pieces bound the output of one push. */
const ZSTD_PIECE_BYTES = 1024;

/**
 * The bytes of a source, decompressed if they begin with the magic number of gzip or zstd. Output
 * is counted as it arrives: CorpusError "too-large-decompressed" stops a bomb at the limit, usually
 * before its first byte is returned; "bad-gzip" and "bad-zstd" stop a damaged file. `onCompression`
 * is called before the first byte.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  limits: DecompressLimits,
  onCompression: (compression: Compression) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator, 4);
    const compression = compressionOf(head);
    onCompression(compression);
    const bytes = chain(head, iterator);
    if (compression === "none") yield* bytes;
    else {
      const unpack = compression === "gzip" ? gunzip : unzstd;
      yield* afterFirstRatio(unpack(bytes, new Meter(limits)));
    }
  } finally {
    await iterator.return?.();
  }
}

function compressionOf(head: Uint8Array): Compression {
  const magic = head.length < 4 ? 0 : Buffer.from(head).readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b) return "gzip";
  return magic === 0x28b52ffd ? "zstd" : "none";
}

/** Counts input and output, and throws when the output grows too large. */
class Meter {
  bytesIn = 0;
  #bytesOut = 0;

  readonly #limits: DecompressLimits;

  constructor(limits: DecompressLimits) {
    this.#limits = limits;
  }

  out(bytes: number): void {
    const { maxDecompressedBytes, maxCompressionRatio } = this.#limits;
    this.#bytesOut += bytes;
    if (this.#bytesOut > maxDecompressedBytes) {
      throw new CorpusError(
        "too-large-decompressed",
        `The file decompresses to more than ${maxDecompressedBytes} bytes. Split it, or raise the limit.`,
        { limit: maxDecompressedBytes },
      );
    }
    if (this.#bytesOut > RATIO_FLOOR_BYTES && this.#bytesOut > this.bytesIn * maxCompressionRatio) {
      throw new CorpusError(
        "too-large-decompressed",
        `The file decompresses to more than ${maxCompressionRatio} times its size, as no real text does. Upload it uncompressed.`,
        { limit: maxCompressionRatio },
      );
    }
  }
}

/**
 * Holds back the first output until its ratio is checked, so that no row of a bomb is stored and
 * then rolled back.
 */
async function* afterFirstRatio(unpacked: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of unpacked) {
    if (heldBytes <= RATIO_FLOOR_BYTES) {
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes > RATIO_FLOOR_BYTES) yield* held.splice(0);
    } else yield chunk;
  }
  yield* held;
}

async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: 128 * 1024 });
  let sourceError: unknown;
  pipeline(Readable.from(source), unpacker, (error) => {
    sourceError = error;
  });
  try {
    for await (const chunk of unpacker) {
      // What was decompressed, not what was read ahead: a small bomb fits into the buffers as a
      // whole.
      meter.bytesIn = unpacker.bytesWritten;
      meter.out((chunk as Uint8Array).length);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_")) throw sourceError ?? error;
    throw damaged("bad-gzip", error);
  }
}

async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const unpacker = new ZstdDecompress((chunk) => {
    meter.out(chunk.length);
    unpacked.push(chunk);
  });
  const windows = new ZstdWindows();
  const push = (piece: Uint8Array, final: boolean): Uint8Array[] => {
    unpacked = [];
    meter.bytesIn += piece.length;
    windows.follow(piece);
    try {
      unpacker.push(piece, final);
    } catch (error) {
      throw error instanceof CorpusError ? error : damaged("bad-zstd", error);
    }
    return unpacked;
  };
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += ZSTD_PIECE_BYTES) {
      yield* push(chunk.subarray(at, at + ZSTD_PIECE_BYTES), false);
    }
  }
  yield* push(new Uint8Array(0), true);
}

function damaged(code: "bad-gzip" | "bad-zstd", cause: unknown): CorpusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CorpusError(
    code,
    `The ${code.slice(4)} data is damaged or cut off (${why}). Compress the file again.`,
    {},
    { cause },
  );
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
