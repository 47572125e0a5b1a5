import type { BrokenLine } from "../bytes/line-block.js";
import type { RejectReason } from "../rows/samples.js";
import { FieldScanner, type FieldSyntax, type LineEnd } from "./field-scanner.js";

/** A line of a delimited file, and why it cannot be used. */
export interface Line {
  number: number;
  text: string;
  /** The character that ends it. */
  end: string;
  broken: BrokenLine | null;
  /** Only for a line that came in pieces, which are gone: the record that it begins. */
  begins: OpenRecord | null;
}

/** Limits of a record, in bytes of UTF-8. */
export interface RecordLimits {
  /** A longer record is rejected. */
  maxBytes: number;
  /** The lines of a longer one are not held, although they may turn out to be records themselves. */
  maxHeldBytes: number;
}

/** About what a held line takes besides its text. */
const LINE_OVERHEAD_BYTES = 64;

/** Why a record is not a row. */
export interface RecordFault {
  reason: RejectReason;
  detail: string;
  excerpt: string;
}

/** A record under way: a line, or several where a field contains line breaks. */
export class OpenRecord {
  /** Where the last line left off. */
  end: LineEnd = "record";
  /** The lines so far; null once they are too long to be held. */
  lines: Line[] | null = [];
  #bytes = 0;
  #heldBytes = 0;
  #tooLong = false;
  #broken: { line: number; fault: BrokenLine } | null = null;
  #excerpt: string | null = null;
  #lastLine: number;
  readonly #scanner: FieldScanner;

  readonly line: number;
  readonly #limits: RecordLimits;

  constructor(line: number, syntax: FieldSyntax, limits: RecordLimits) {
    this.line = line;
    this.#limits = limits;
    this.#lastLine = line;
    this.#scanner = new FieldScanner(syntax);
  }

  add(line: Line): void {
    this.#excerpt ??= line.broken?.excerpt ?? line.text;
    this.#lastLine = line.number;
    if (line.broken) this.#broken ??= { line: line.number, fault: line.broken };
    this.end = this.#scanner.scan(line.text, true, line.end);
    this.lines?.push(line);
    // A single line's length was checked when it was read.
    if (line.number === this.line && this.end !== "quoted" && this.end !== "escaped") return;
    this.#bytes += Buffer.byteLength(line.text) + 1;
    if (this.#bytes > this.#limits.maxBytes) {
      this.#tooLong = true;
      this.#scanner.forget();
    }
    this.#heldBytes += line.text.length + LINE_OVERHEAD_BYTES;
    if (this.#heldBytes > this.#limits.maxHeldBytes) this.lines = null;
  }

  /** Adds a piece of a line that is too long; its end comes by `add`, as a broken line. */
  addPiece(text: string): void {
    this.#scanner.forget();
    this.end = this.#scanner.scan(text, false);
  }

  /** Why the record is not a row, if it is not. */
  fault(): RecordFault | null {
    const excerpt = this.#excerpt ?? "";
    if (this.#broken) {
      const { line, fault } = this.#broken;
      const { reason, detail } = fault;
      if (line === this.line) return { reason, detail, excerpt };
      return { reason, detail: `line ${line}, in the same record: ${detail}`, excerpt };
    }
    if (!this.#tooLong) return null;
    const detail = `the record ends in line ${this.#lastLine} and is longer than ${this.#limits.maxBytes} bytes; if quotes are characters in this file, read it with quote "none"`;
    return { reason: "too-long", detail, excerpt };
  }

  /** The record's text, as it is in the file, without its last line end. */
  text(): string {
    const last = (this.lines?.length ?? 0) - 1;
    return (
      this.lines?.map(({ text, end }, i) => (i < last ? text + end : text)).join("") ||
      (this.#excerpt ?? "")
    );
  }

  cells(): readonly string[] {
    return this.#scanner.cells();
  }
}
