import { Buffer } from "node:buffer";
import type { TextEncoding } from "../options/dataset-format.js";
import { excerptOf } from "../rows/excerpt.js";
import { type LineDecoder, lineDecoder } from "./decoding.js";
import type { BrokenLine, LineBlock } from "./line-block.js";
import { type LineEnds, RETURNS } from "./line-ends.js";

const RETURN = Buffer.from("\r");
const EXCERPT_BYTES = 4 * 200;

/** Splits bytes that arrive in pieces into blocks of lines. */
export class LineSplitter {
  #nextLine = 1;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #overlong: OverlongLine | null = null;
  /** Whether the last piece ended with "\r", which the next one's "\n" may follow. */
  #return = false;
  readonly #decoder: LineDecoder;

  readonly #maxLineBytes: number;
  readonly #ends: LineEnds;

  constructor(maxLineBytes: number, encoding: TextEncoding, ends: LineEnds) {
    this.#maxLineBytes = maxLineBytes;
    this.#ends = ends;
    this.#decoder = lineDecoder(encoding);
  }

  push(piece: Buffer): Generator<LineBlock> {
    if (this.#ends !== RETURNS) return this.#split(piece);
    const bytes = this.#return ? Buffer.concat([RETURN, piece]) : piece;
    this.#return = bytes.at(-1) === RETURN[0];
    return this.#split(this.#return ? bytes.subarray(0, -1) : bytes);
  }

  /** The lines after the last line end. */
  *finish(): Generator<LineBlock> {
    if (this.#return) yield* this.#split(RETURN);
    if (this.#overlong) yield this.#overlong.last(Buffer.alloc(0), "\n");
    else if (this.#tailBytes > 0) yield this.#blockOf(Buffer.alloc(0), "\n");
  }

  *#split(piece: Buffer): Generator<LineBlock> {
    let rest = piece;
    if (this.#overlong) {
      const end = this.#ends.next(rest, 0);
      if (end < 0) {
        yield this.#overlong.piece(rest);
        return;
      }
      yield this.#overlong.last(rest.subarray(0, end), endAt(rest, end));
      this.#nextLine += 1;
      this.#overlong = null;
      rest = rest.subarray(end + 1);
    }
    const last = this.#ends.last(rest);
    if (last >= 0) {
      yield this.#blockOf(rest.subarray(0, last), endAt(rest, last));
      rest = rest.subarray(last + 1);
    }
    if (rest.length === 0) return;
    // A copy: the source may reuse its buffer for the next chunk.
    this.#tail.push(Buffer.from(rest));
    this.#tailBytes += rest.length;
    if (this.#tailBytes > this.#maxLineBytes) {
      const start = Buffer.concat(this.#tail);
      this.#tail = [];
      this.#tailBytes = 0;
      this.#overlong = new OverlongLine(this.#nextLine, start, this.#maxLineBytes, this.#decoder);
      yield this.#overlong.piece(start);
    }
  }

  /** The lines of the tail and these bytes, the last of which ends with `lastEnd`. */
  #blockOf(bytes: Buffer, lastEnd: string): LineBlock {
    const whole = this.#tailBytes === 0 ? bytes : Buffer.concat([...this.#tail, bytes]);
    this.#tail = [];
    this.#tailBytes = 0;
    const { lines, ends, broken } = this.#linesOf(whole);
    if (ends) ends[ends.length - 1] = lastEnd;
    const firstLine = this.#nextLine;
    this.#nextLine += lines.length;
    return ends ? { firstLine, lines, broken, ends } : { firstLine, lines, broken };
  }

  #linesOf(block: Buffer): {
    lines: string[];
    ends: string[] | null;
    broken: Map<number, BrokenLine> | null;
  } {
    const isWhole = block.length <= this.#maxLineBytes && !block.includes(0);
    const text = isWhole ? this.#decoder.decode(block) : null;
    if (text !== null) return { ...this.#ends.split(text), broken: null };
    return this.#lineByLine(block);
  }

  /** The slow path, for a block with a fault: checks each line separately. */
  #lineByLine(block: Buffer) {
    const lines: string[] = [];
    const ends: string[] | null = this.#ends === RETURNS ? [] : null;
    const broken = new Map<number, BrokenLine>();
    let start = 0;
    while (start <= block.length) {
      const found = this.#ends.next(block, start);
      const end = found < 0 ? block.length : found;
      const bytes = block.subarray(start, end);
      start = end + 1;
      const isText = bytes.length <= this.#maxLineBytes && !bytes.includes(0);
      const text = isText ? this.#decoder.decode(bytes) : null;
      if (text === null) broken.set(lines.length, judge(bytes, this.#maxLineBytes, this.#decoder));
      lines.push(text ?? this.#decoder.readable(bytes));
      ends?.push(endAt(block, end));
    }
    return { lines, ends, broken: broken.size > 0 ? broken : null };
  }
}

function endAt(bytes: Buffer, at: number): string {
  return bytes[at] === RETURN[0] ? "\r" : "\n";
}

function judge(bytes: Buffer, maxLineBytes: number, decoder: LineDecoder): BrokenLine {
  const excerpt = excerptOfBytes(bytes, decoder);
  if (bytes.length > maxLineBytes) return tooLong(maxLineBytes, excerpt);
  if (bytes.includes(0)) {
    const detail = `NUL at byte ${bytes.indexOf(0)} of the line`;
    return { reason: "nul-character", detail, excerpt };
  }
  return { reason: decoder.reason, detail: "the line's bytes do not decode", excerpt };
}

/** Most databases cannot store NUL in text, so its symbol (U+2400) is shown instead. */
function excerptOfBytes(bytes: Buffer, decoder: LineDecoder): string {
  const text = decoder.readable(bytes.subarray(0, EXCERPT_BYTES));
  return excerptOf(text.replaceAll("\0", "\u2400"));
}

function tooLong(maxLineBytes: number, excerpt: string): BrokenLine {
  return { reason: "too-long", detail: `longer than ${maxLineBytes} bytes`, excerpt };
}

/** A line that is passed on in pieces, because it is too long to be held. */
class OverlongLine {
  readonly #number: number;
  readonly #fault: BrokenLine;
  readonly #pieces: ReturnType<LineDecoder["pieces"]>;

  constructor(number: number, start: Buffer, maxLineBytes: number, decoder: LineDecoder) {
    this.#number = number;
    this.#fault = tooLong(maxLineBytes, excerptOfBytes(start, decoder));
    this.#pieces = decoder.pieces();
  }

  piece(bytes: Buffer): LineBlock {
    const lines = [this.#pieces.piece(bytes)];
    return { firstLine: this.#number, lines, broken: null, piece: true };
  }

  last(bytes: Buffer, end: string): LineBlock {
    const lines = [this.#pieces.piece(bytes) + this.#pieces.end()];
    return { firstLine: this.#number, lines, ends: [end], broken: new Map([[0, this.#fault]]) };
  }
}
