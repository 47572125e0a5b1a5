import { Buffer } from "node:buffer";
import type { TextDecoder } from "node:util";
import type { TextEncoding } from "../options/dataset-format.js";
import { excerptOf } from "../rows/excerpt.js";
import { type Decoder, decoderOf, lenientDecoder } from "./decoding.js";
import type { BrokenLine, LineBlock } from "./line-block.js";

export interface LineOptions {
  maxLineBytes: number;
  encoding: TextEncoding;
}

const NEWLINE = 0x0a;
const HEAD_BYTES = 4 * 200;

/** Splits bytes that arrive in pieces into blocks of lines. */
export class LineSplitter {
  #nextLine = 1;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #overlong: OverlongLine | null = null;
  readonly #decoder: Decoder;

  readonly #options: LineOptions;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#decoder = decoderOf(options.encoding);
  }

  *push(piece: Buffer): Generator<LineBlock> {
    let rest = piece;
    if (this.#overlong) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) {
        yield this.#overlong.piece(rest);
        return;
      }
      yield this.#overlong.last(rest.subarray(0, end));
      this.#nextLine += 1;
      this.#overlong = null;
      rest = rest.subarray(end + 1);
    }
    const last = rest.lastIndexOf(NEWLINE);
    if (last >= 0) {
      yield this.#blockOf(rest.subarray(0, last));
      rest = rest.subarray(last + 1);
    }
    if (rest.length === 0) return;
    // A copy: the source may reuse its buffer for the next chunk.
    this.#tail.push(Buffer.from(rest));
    this.#tailBytes += rest.length;
    if (this.#tailBytes > this.#options.maxLineBytes) {
      const start = Buffer.concat(this.#tail);
      this.#tail = [];
      this.#tailBytes = 0;
      this.#overlong = new OverlongLine(this.#nextLine, start, this.#options);
      yield this.#overlong.piece(start);
    }
  }

  /** The lines after the last "\n". */
  *finish(): Generator<LineBlock> {
    if (this.#overlong) yield this.#overlong.last(Buffer.alloc(0));
    else if (this.#tailBytes > 0) yield this.#blockOf(Buffer.alloc(0));
  }

  #blockOf(bytes: Buffer): LineBlock {
    const whole = this.#tailBytes === 0 ? bytes : Buffer.concat([...this.#tail, bytes]);
    this.#tail = [];
    this.#tailBytes = 0;
    const block = splitBlock(whole, this.#nextLine, this.#decoder, this.#options.maxLineBytes);
    this.#nextLine += block.lines.length;
    return block;
  }
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
    if (text === null) broken.set(lines.length, judge(bytes, maxLineBytes, decoder));
    lines.push(text ?? decoder.readable(bytes));
  }
  return { firstLine, lines, broken: broken.size > 0 ? broken : null };
}

function judge(bytes: Buffer, maxLineBytes: number, decoder: Decoder): BrokenLine {
  const excerpt = excerptOfBytes(bytes, decoder.readable);
  if (bytes.length > maxLineBytes) return tooLong(maxLineBytes, excerpt);
  if (bytes.includes(0)) {
    const detail = `NUL at byte ${bytes.indexOf(0)} of the line`;
    return { reason: "nul-character", detail, excerpt };
  }
  return { reason: decoder.reason, detail: "the line's bytes do not decode", excerpt };
}

/** Most databases cannot store NUL in text, so its symbol (U+2400) is shown instead. */
function excerptOfBytes(bytes: Buffer, readable: Decoder["readable"]): string {
  return excerptOf(readable(bytes.subarray(0, HEAD_BYTES)).replaceAll("\0", "\u2400"));
}

function tooLong(maxLineBytes: number, excerpt: string): BrokenLine {
  return { reason: "too-long", detail: `longer than ${maxLineBytes} bytes`, excerpt };
}

/** A line that is passed on in pieces, because it is too long to be held. */
class OverlongLine {
  readonly #number: number;
  readonly #fault: BrokenLine;
  /** Characters may be cut in two between pieces. */
  readonly #decoder: TextDecoder;

  constructor(number: number, start: Buffer, { maxLineBytes, encoding }: LineOptions) {
    this.#number = number;
    this.#decoder = lenientDecoder(encoding);
    const readable = (bytes: Buffer) => lenientDecoder(encoding).decode(bytes);
    this.#fault = tooLong(maxLineBytes, excerptOfBytes(start, readable));
  }

  piece(bytes: Buffer): LineBlock {
    const lines = [this.#decoder.decode(bytes, { stream: true })];
    return { firstLine: this.#number, lines, broken: null, piece: true };
  }

  last(bytes: Buffer): LineBlock {
    const lines = [this.#decoder.decode(bytes)];
    return { firstLine: this.#number, lines, broken: new Map([[0, this.#fault]]) };
  }
}
