import { Buffer, isUtf8 } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { TextEncoding } from "../options/dataset-format.js";
import { excerptOf } from "../rows/excerpt.js";
import type { RejectReason } from "../rows/samples.js";

/** A line that cannot be used as text. */
export interface BrokenLine {
  reason: RejectReason;
  detail: string;
  excerpt: string;
}

/**
 * Consecutive lines without their "\n" (a "\r" before it stays). `broken` is keyed by index into
 * `lines`, where a broken line is "".
 */
export interface LineBlock {
  /** 1-based number of `lines[0]`. */
  firstLine: number;
  lines: string[];
  broken: ReadonlyMap<number, BrokenLine> | null;
}

interface LineOptions {
  maxLineBytes: number;
  encoding: TextEncoding;
}

const NEWLINE = 0x0a;
/** Small pieces keep the decoded blocks young for the garbage collector. */
const PIECE_BYTES = 32 * 1024;
const HEAD_BYTES = 4 * 200;

/**
 * Splits bytes into blocks of lines in constant memory. A line that is too long, contains NUL or
 * does not decode is marked as broken; the others are unaffected. Throws CorpusError "empty-file",
 * "binary-file" or "bad-encoding".
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<LineBlock> {
  const decoder = decoderOf(options.encoding);
  let nextLine = 1;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let overlong = false;
  let started = false;

  function* blocksOf(piece: Buffer): Generator<LineBlock> {
    let rest = piece;
    if (overlong) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) return;
      yield tooLongBlock(nextLine, tail, options.maxLineBytes);
      nextLine += 1;
      overlong = false;
      tail = [];
      tailBytes = 0;
      rest = rest.subarray(end + 1);
    }
    const last = rest.lastIndexOf(NEWLINE);
    if (last >= 0) {
      const whole = rest.subarray(0, last);
      const block = tailBytes === 0 ? whole : Buffer.concat([...tail, whole]);
      const lines = splitBlock(block, nextLine, decoder, options.maxLineBytes);
      nextLine += lines.lines.length;
      tail = [];
      tailBytes = 0;
      rest = rest.subarray(last + 1);
      yield lines;
    }
    if (rest.length === 0) return;
    // A copy: the source may reuse its buffer for the next chunk.
    tail.push(Buffer.from(rest));
    tailBytes += rest.length;
    if (tailBytes > options.maxLineBytes) {
      overlong = true;
      tail = [Buffer.concat(tail).subarray(0, HEAD_BYTES)];
      tailBytes = HEAD_BYTES;
    }
  }

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
      yield* blocksOf(buffer.subarray(at, at + PIECE_BYTES));
    }
  }
  if (!started) {
    if (head.length === 0) throw emptyFile();
    yield* blocksOf(withoutMark(head));
  }
  if (overlong) yield tooLongBlock(nextLine, tail, options.maxLineBytes);
  else if (tailBytes > 0) {
    yield splitBlock(Buffer.concat(tail), nextLine, decoder, options.maxLineBytes);
  }
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

/** Decodes bytes; returns null for bytes that do not decode. */
interface Decoder {
  decode: (bytes: Buffer) => string | null;
  /** The reject reason of a line that does not decode. */
  reason: RejectReason;
}

function decoderOf(encoding: TextEncoding): Decoder {
  if (encoding === "utf-8") {
    const decode = (bytes: Buffer) => (isUtf8(bytes) ? bytes.toString("utf8") : null);
    return { decode, reason: "bad-utf8" };
  }
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const decode = (bytes: Buffer) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return null;
    }
  };
  return { decode, reason: "bad-encoding" };
}

function splitBlock(
  block: Buffer,
  firstLine: number,
  decoder: Decoder,
  maxLineBytes: number,
): LineBlock {
  const text = block.length <= maxLineBytes && !block.includes(0) ? decoder.decode(block) : null;
  if (text !== null) return { firstLine, lines: text.split("\n"), broken: null };
  return splitLineByLine(block, firstLine, decoder, maxLineBytes);
}

/** The slow path, for a block with a fault: checks each line separately. */
function splitLineByLine(
  block: Buffer,
  firstLine: number,
  decoder: Decoder,
  maxLineBytes: number,
): LineBlock {
  const lines: string[] = [];
  const broken = new Map<number, BrokenLine>();
  let start = 0;
  while (start <= block.length) {
    const found = block.indexOf(NEWLINE, start);
    const end = found < 0 ? block.length : found;
    const bytes = block.subarray(start, end);
    start = end + 1;
    const text = bytes.length > maxLineBytes || bytes.includes(0) ? null : decoder.decode(bytes);
    if (text === null) broken.set(lines.length, judge(bytes, maxLineBytes, decoder.reason));
    lines.push(text ?? "");
  }
  return { firstLine, lines, broken: broken.size > 0 ? broken : null };
}

function judge(bytes: Buffer, maxLineBytes: number, undecoded: RejectReason): BrokenLine {
  // Most databases cannot store NUL in text, so its symbol (U+2400) is shown instead.
  const excerpt = excerptOf(
    bytes.subarray(0, HEAD_BYTES).toString("utf8").toWellFormed().replaceAll("\0", "\u2400"),
  );
  if (bytes.length > maxLineBytes) {
    return { reason: "too-long", detail: `longer than ${maxLineBytes} bytes`, excerpt };
  }
  if (bytes.includes(0)) {
    return {
      reason: "nul-character",
      detail: `NUL at byte ${bytes.indexOf(0)} of the line`,
      excerpt,
    };
  }
  return { reason: undecoded, detail: "the line's bytes do not decode", excerpt };
}

function tooLongBlock(firstLine: number, head: Buffer[], maxLineBytes: number): LineBlock {
  const excerpt = judge(Buffer.concat(head), 0, "too-long").excerpt;
  const detail = `longer than ${maxLineBytes} bytes`;
  return {
    firstLine,
    lines: [""],
    broken: new Map([[0, { reason: "too-long", detail, excerpt }]]),
  };
}
