import { Buffer } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { LineBlock } from "./line-block.js";
import { type LineOptions, LineSplitter } from "./line-splitter.js";

/** Small pieces keep the decoded blocks young for the garbage collector. */
const PIECE_BYTES = 32 * 1024;

/**
 * Splits bytes into blocks of lines in constant memory. A line that is too long, contains NUL or
 * does not decode is marked as broken; the others are unaffected. Throws CorpusError "empty-file",
 * "binary-file" or "bad-encoding".
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<LineBlock> {
  const splitter = new LineSplitter(options);
  let started = false;
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    let buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!started) {
      // The check of the head needs a fair sample even from a source with tiny chunks.
      head = head.length === 0 ? buffer : Buffer.concat([head, buffer]);
      if (head.length < 4096) {
        head = Buffer.from(head);
        continue;
      }
      started = true;
      buffer = withoutMark(head);
      head = Buffer.alloc(0);
    }
    for (let at = 0; at < buffer.length; at += PIECE_BYTES) {
      yield* splitter.push(buffer.subarray(at, at + PIECE_BYTES));
    }
  }
  if (!started) {
    if (head.length === 0) throw emptyFile();
    yield* splitter.push(withoutMark(head));
  }
  yield* splitter.finish();
}

/** The error for a file that is empty or has only blank lines. */
export function emptyFile(): CorpusError {
  return new CorpusError("empty-file", "The file holds no rows. Upload a file with data in it.");
}

/**
 * The first bytes of a text without a UTF-8 byte order mark. Throws CorpusError "binary-file" for
 * signs of a binary file and "bad-encoding" for UTF-16.
 */
export function withoutMark(head: Buffer): Buffer {
  if (head.length >= 2 && (head.readUInt16BE(0) === 0xfffe || head.readUInt16BE(0) === 0xfeff)) {
    throw new CorpusError(
      "bad-encoding",
      "The file is UTF-16. Convert it to UTF-8 first, for example with iconv -f UTF-16 -t UTF-8.",
    );
  }
  let nuls = 0;
  let controls = 0;
  const looked = Math.min(head.length, 65_536);
  for (let i = 0; i < looked; i += 1) {
    const byte = head[i]!;
    if (byte === 0) nuls += 1;
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) controls += 1;
  }
  // One stray NUL in a long text is a broken row; NULs among many control bytes mean that the file
  // is not text.
  if (nuls > 0 && controls * 100 > looked) {
    throw new CorpusError(
      "binary-file",
      `The file is binary: ${nuls} NUL bytes in its first ${looked} bytes (the first at byte ${head.indexOf(0)}). Upload a text file, as it is or gzipped.`,
    );
  }
  return head.length >= 3 && head.readUIntBE(0, 3) === 0xefbbbf ? head.subarray(3) : head;
}
