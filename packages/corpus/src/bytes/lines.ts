import { Buffer } from "node:buffer";
import type { TextEncoding } from "../options/dataset-format.js";
import type { LineBlock } from "./line-block.js";
import { lineEndsOf } from "./line-ends.js";
import { LineSplitter } from "./line-splitter.js";
import { TextBytes } from "./text-bytes.js";
import { refuseBinary } from "./text-start.js";

interface LineOptions {
  maxLineBytes: number;
  /** By default what the byte order mark says, or else UTF-8. */
  encoding?: TextEncoding | undefined;
}

/** Small pieces keep the decoded blocks young for the garbage collector. */
const PIECE_BYTES = 32 * 1024;

/** The check of the head needs a fair sample even from a source with tiny chunks. */
const HEAD_BYTES = 4096;

/** If there is no "\n" up to here, lines may end with "\r". */
const NEWLINE_BYTES = 64 * 1024;

/**
 * Splits bytes into blocks of lines in constant memory. A line that is too long, contains NUL or
 * does not decode is marked as broken; the others are unaffected. Throws CorpusError "empty-file",
 * "binary-file" or "bad-encoding".
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  { maxLineBytes, encoding }: LineOptions,
): AsyncGenerator<LineBlock> {
  const text = new TextBytes(bytes, encoding);
  const chunks = text.chunks();
  try {
    const head = await headOf(chunks, maxLineBytes);
    refuseBinary(head);
    const splitter = new LineSplitter(maxLineBytes, text.encoding, lineEndsOf(head));
    yield* inPieces(splitter, head);
    for await (const chunk of chunks) yield* inPieces(splitter, chunk);
    yield* splitter.finish();
  } finally {
    await chunks.return(undefined);
  }
}

/** The first bytes, enough to see how lines end. */
async function headOf(chunks: AsyncGenerator<Buffer>, maxLineBytes: number): Promise<Buffer> {
  const head: Buffer[] = [];
  let length = 0;
  let wanted = maxLineBytes;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    // A copy: the source may reuse its buffer for the next chunk.
    head.push(Buffer.from(next.value));
    length += next.value.length;
    if (next.value.includes("\n")) wanted = Math.min(wanted, HEAD_BYTES);
    else if (next.value.includes("\r")) wanted = Math.min(wanted, NEWLINE_BYTES);
    if (length >= wanted) break;
  }
  return Buffer.concat(head);
}

function* inPieces(splitter: LineSplitter, chunk: Buffer): Generator<LineBlock> {
  for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
    yield* splitter.push(chunk.subarray(at, at + PIECE_BYTES));
  }
}
