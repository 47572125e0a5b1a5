import { pipeline, Readable } from "node:stream";
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { Decompress as ZstdDecompress } from "fzstd";
import { CorpusError } from "../errors.js";
import { chain, readHead } from "./head.js";
import { afterFirstRatio, type DecompressLimits, Meter } from "./meter.js";
import { ZstdWindows } from "./zstd-windows.js";

/** How a file is compressed, as its first bytes show. */
export type Compression = "none" | "gzip" | "zstd" | "zip";

/** Of a member, of an archive without members, and of one in several volumes. */
const ZIP_MAGIC: readonly number[] = [0x504b0304, 0x504b0506, 0x504b0708];

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
    if (compression === "none" || compression === "zip") yield* bytes;
    else {
      const unpack = compression === "gzip" ? gunzip : unzstd;
      yield* afterFirstRatio(unpack(bytes, new Meter(limits)));
    }
  } finally {
    await iterator.return?.();
  }
}

/** As the magic number says; zip is read by position, not by `decompress`. */
export function compressionOf(head: Uint8Array): Compression {
  const magic = head.length < 4 ? 0 : Buffer.from(head).readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b) return "gzip";
  if (ZIP_MAGIC.includes(magic)) return "zip";
  return magic === 0x28b52ffd ? "zstd" : "none";
}

const gunzip = (source: AsyncIterable<Uint8Array>, meter: Meter) =>
  throughZlib(source, createGunzip({ chunkSize: 128 * 1024 }), meter, "bad-gzip");

/** Deflated data without a header, as zip has it. */
export const inflateRaw = (source: AsyncIterable<Uint8Array>, meter: Meter) =>
  throughZlib(source, createInflateRaw({ chunkSize: 128 * 1024 }), meter, "bad-zip");

async function* throughZlib(
  source: AsyncIterable<Uint8Array>,
  unpacker: Gunzip | InflateRaw,
  meter: Meter,
  code: DamageCode,
): AsyncGenerator<Uint8Array> {
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
    const fault = (error as NodeJS.ErrnoException).code ?? "";
    if (!fault.startsWith("Z_")) throw sourceError ?? error;
    throw damaged(code, error);
  }
}

export async function* unzstd(
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

/** A zstd stream that has `length` bytes unpacked; one that has more is damaged. */
export function unzstdWhole(packed: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  const unpacker = new ZstdDecompress((chunk) => {
    if (at + chunk.length > length) throw new Error(`more than the ${length} bytes that it claims`);
    whole.set(chunk, at);
    at += chunk.length;
  });
  const windows = new ZstdWindows();
  for (let from = 0; from < packed.length; from += ZSTD_PIECE_BYTES) {
    const piece = packed.subarray(from, from + ZSTD_PIECE_BYTES);
    windows.follow(piece);
    unpacker.push(piece, false);
  }
  unpacker.push(new Uint8Array(0), true);
  return whole.subarray(0, at);
}

type DamageCode = "bad-gzip" | "bad-zip" | "bad-zstd";

export function damaged(code: DamageCode, cause: unknown): CorpusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CorpusError(
    code,
    `The ${code.slice(4)} data is damaged or cut off (${why}). Compress the file again.`,
    {},
    { cause },
  );
}
