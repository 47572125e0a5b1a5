import { Buffer } from "node:buffer";
import { chain } from "../bytes/head.js";
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

const NEWLINE = 0x0a;
const PIECES = 8;
const PIECE_BYTES = 16 * 1024;
/** How far a file is read that cannot be read at any position. */
const STREAMED_BYTES = 16 * 1024 * 1024;

/**
 * Reads about `headBytes` from the start, and a few pieces from the rest: of the whole file by
 * position, or else of its first 16 MiB. Throws CorpusError for a file that cannot be unpacked.
 */
export async function sampleFile(
  file: OpenedFile,
  { limits }: Pick<IngestOptions, "limits">,
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
      lineEnds ||= next.value.includes(NEWLINE);
      if (length > Math.max(headBytes, maxLineBytes) || (length > headBytes && lineEnds)) break;
    }
    const read = Buffer.concat(chunks);
    if (length <= headBytes || file.contents === "parquet") {
      return { head: read, isCut: false, far: [] };
    }
    const before = read.lastIndexOf(NEWLINE, headBytes);
    const end = (before < 0 ? read.indexOf(NEWLINE) : before) + 1 || length;
    const { positions } = file;
    const far = await (positions
      ? piecesAt(positions, end)
      : piecesOf(chain(read.subarray(end), bytes), end));
    return { head: read.subarray(0, end), isCut: end < length, far: far.map(wholeLines) };
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
function wholeLines(piece: Buffer): Buffer {
  const start = piece.indexOf(NEWLINE) + 1;
  return start === 0 ? Buffer.alloc(0) : piece.subarray(start, piece.lastIndexOf(NEWLINE) + 1);
}
