import { Buffer } from "node:buffer";
import { chain } from "../bytes/head.js";
import { type LineCuts, lineCuts } from "../bytes/line-cuts.js";
import type { TextEncoding } from "../options/dataset-format.js";
import type { IngestOptions, RandomAccess } from "../options/ingest-options.js";
import { DEFAULT_LIMITS } from "../options/limits.js";
import type { OpenedFile } from "./open-file.js";

/** Parts of a file, unpacked, that stand for the whole. */
export interface FileSample {
  /** The first whole lines, at least one; for a binary file all that was read. */
  readonly head: Buffer;
  /** Whether the file goes on after the head. */
  readonly isCut: boolean;
  /** Whole lines from elsewhere, in file order: a sorted file starts with one label only. */
  readonly far: readonly Buffer[];
}

/** Enough for a thousand rows of most files. */
const HEAD_BYTES = 256 * 1024;

const PIECES = 8;
const PIECE_BYTES = 16 * 1024;
/** How far a file is read that cannot be read at any position. */
const STREAMED_BYTES = 16 * 1024 * 1024;

interface SampleOptions extends Pick<IngestOptions, "limits"> {
  readonly format?: { readonly encoding?: TextEncoding | undefined } | undefined;
}

/**
 * Reads about `headBytes` from the start, and a few pieces from the rest: of the whole file by
 * position, or else of its first 16 MiB. Throws CorpusError for a file that cannot be unpacked.
 */
export async function sampleFile(
  file: OpenedFile,
  { limits, format }: SampleOptions,
  headBytes = HEAD_BYTES,
): Promise<FileSample> {
  const { maxLineBytes } = { ...DEFAULT_LIMITS, ...limits };
  const bytes = file.open()[Symbol.asyncIterator]();
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let lineEnds = false;
    for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
      // A copy: the source may reuse its buffer for the next chunk.
      chunks.push(Uint8Array.from(next.value));
      length += next.value.length;
      lineEnds ||= next.value.some(mayEndLine);
      if (length > Math.max(headBytes, maxLineBytes) || (length > headBytes && lineEnds)) break;
    }
    const read = Buffer.concat(chunks);
    if (length <= headBytes || file.contents !== "text") {
      return { head: read, isCut: false, far: [] };
    }
    const cuts = lineCuts(read, format?.encoding);
    const end = [cuts.last(read, headBytes), cuts.first(read), length].find((cut) => cut > 0)!;
    const { positions } = file;
    const far = await (positions
      ? piecesAt(positions, end)
      : piecesOf(chain(read.subarray(end), bytes), end));
    const head = read.subarray(0, end);
    return { head, isCut: end < length, far: far.map((piece) => wholeLines(piece, cuts)) };
  } finally {
    await bytes.return?.();
  }
}

/** Evenly spread over the rest of the file, its end included. */
async function piecesAt(access: RandomAccess, from: number): Promise<Buffer[]> {
  const last = access.byteLength - PIECE_BYTES;
  const pieces: Buffer[] = [];
  for (let i = 1; i <= PIECES; i += 1) {
    // An even place is a whole character of UTF-16.
    const start = Math.floor((from + ((last - from) * i) / PIECES) / 2) * 2;
    if (start < from) continue;
    pieces.push(Buffer.from(await access.slice(start, start + PIECE_BYTES)));
  }
  return pieces;
}

/** From every second MiB that comes. */
async function piecesOf(bytes: AsyncIterable<Uint8Array>, from: number): Promise<Buffer[]> {
  const step = STREAMED_BYTES / PIECES;
  const pieces: Buffer[][] = Array.from({ length: PIECES }, () => []);
  let at = from;
  try {
    for await (const chunk of bytes) {
      pieces.forEach((piece, i) => {
        const start = Math.max(from + i * step - at, 0);
        const end = from + i * step + PIECE_BYTES - at;
        // A copy: the source may reuse its buffer for the next chunk.
        if (start < end) piece.push(Buffer.from(chunk.slice(start, end)));
      });
      at += chunk.length;
      if (at > STREAMED_BYTES) break;
    }
  } catch {
    // Damage behind the head is found when the whole file is read.
  }
  return pieces.map((piece) => Buffer.concat(piece));
}

/** Without the parts of lines at both ends. */
function wholeLines(piece: Buffer, cuts: LineCuts): Buffer {
  const start = cuts.first(piece);
  return start < 0 ? Buffer.alloc(0) : piece.subarray(start, cuts.last(piece));
}

const mayEndLine = (byte: number) => byte === 0x0a || byte === 0x0d;
