import type { BrokenLine, LineBlock } from "../bytes/line-block.js";
import type { FieldSyntax } from "./field-scanner.js";
import { withoutReturns } from "./line-ending.js";
import { type Line, OpenRecord, type RecordFault, type RecordLimits } from "./open-record.js";
import type { LineRange } from "./row-reader.js";

/** Takes records in file order. */
export interface RecordSink {
  /** `text` is the record as it is in the file; `lines` are its lines, if it has several. */
  record(line: number, text: string, cells: readonly string[], lines?: readonly string[]): void;
  fault(line: number, fault: RecordFault): void;
}

/** The lines of so many records of the greatest length are held until it is known how they end. */
const HELD_RECORDS = 16;

/**
 * Joins lines into records by following quotes. A record that meets a lone quote, or the end of the
 * file inside quotes, has no quoted reading: its first line is split plainly, and the lines after it
 * are read again, from the source if they were too long to be held.
 *
 * A line is scanned at most three times, so no file takes quadratic time: a line that is read again
 * and ends inside quotes goes on like the record that was given up, so it meets the same lone quote
 * and is split plainly at once (`#plainBefore`).
 */
export class RecordAssembler {
  #open: OpenRecord | null = null;
  /** No line before this one ends inside a quoted field. */
  #plainBefore = 0;
  /** What has to be read again before the lines that wait; `#rereading` once it is being pushed. */
  #wanted: LineRange | null = null;
  #rereading: LineRange | null = null;
  #waiting: Line[] = [];
  /** The record that the line now arriving in pieces would begin. */
  #begins: OpenRecord | null = null;

  readonly #syntax: FieldSyntax;
  readonly #limits: RecordLimits;

  constructor(syntax: FieldSyntax, maxRecordBytes: number) {
    this.#syntax = syntax;
    this.#limits = { maxBytes: maxRecordBytes, maxHeldBytes: HELD_RECORDS * maxRecordBytes };
  }

  /** Takes the lines of a block. Returns lines that have to be pushed again before all others. */
  push(block: LineBlock, sink: RecordSink): LineRange | null {
    const { firstLine, lines, broken } = block;
    if (this.#wanted) {
      this.#rereading = this.#wanted;
      this.#wanted = null;
    }
    if (block.piece) {
      this.#takePiece(firstLine, lines[0]!);
      return null;
    }
    for (let i = 0; i < lines.length; i += 1) {
      const text = lines[i]!;
      const fault = broken?.get(i) ?? null;
      const free = this.#open === null && this.#wanted === null && fault === null;
      if (free && this.#isPlain(text)) this.#takePlain(firstLine + i, text, sink);
      else this.#take(this.#lineOf(firstLine + i, text, fault, block.ends?.[i] ?? "\n"), sink);
    }
    if (this.#rereading && firstLine + lines.length >= this.#rereading.end) {
      this.#rereading = null;
      for (const line of this.#waiting.splice(0)) this.#take(line, sink);
    }
    return this.#wanted;
  }

  /**
   * Ends the last record. Returns lines that have to be pushed again, before another call. A record
   * that is open where the head of a longer file was cut off is neither a row nor a reject.
   */
  finish(sink: RecordSink, cut: boolean): LineRange | null {
    this.#rereading = null;
    while (this.#open && !this.#wanted) {
      const record = this.#open;
      this.#open = null;
      if (cut) break;
      if (record.end === "escaped") emit(record, sink);
      else {
        for (const line of this.#giveUp(record, Number.POSITIVE_INFINITY, sink)) {
          this.#take(line, sink);
        }
      }
    }
    return this.#wanted;
  }

  #isPlain(text: string): boolean {
    const { quotes, backslash } = this.#syntax;
    return !((quotes && text.includes('"')) || (backslash && text.includes("\\")));
  }

  #takePlain(line: number, text: string, sink: RecordSink): void {
    const { delimiter } = this.#syntax;
    if (text.trim() === "" && !text.includes(delimiter)) {
      sink.fault(line, { reason: "empty-line", detail: "the line is blank", excerpt: text });
    } else sink.record(line, text, withoutReturns(text).split(delimiter));
  }

  #takePiece(number: number, text: string): void {
    this.#open?.addPiece(text);
    this.#begins ??= this.#begin(number);
    this.#begins.addPiece(text);
  }

  #lineOf(number: number, text: string, broken: BrokenLine | null, end: string): Line {
    const line: Line = { number, text, end, broken, begins: this.#begins };
    this.#begins?.add(line);
    this.#begins = null;
    return line;
  }

  #begin(line: number): OpenRecord {
    return new OpenRecord(line, this.#syntax, this.#limits);
  }

  #take(line: Line, sink: RecordSink): void {
    const stack = [line];
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (this.#wanted) this.#waiting.push(next);
      else for (const again of this.#step(next, sink).reverse()) stack.push(again);
    }
  }

  /** Takes one line; returns those that have to be taken after it. */
  #step(line: Line, sink: RecordSink): Line[] {
    if (!this.#open && !line.broken && this.#isPlain(line.text)) {
      this.#takePlain(line.number, line.text, sink);
      return [];
    }
    const record = this.#open ?? line.begins ?? this.#begin(line.number);
    if (record !== line.begins) record.add(line);
    this.#open = null;
    const plain = line.number < this.#plainBefore;
    if (record.end === "record") emit(record, sink);
    else if (record.end === "lone-quote" || (record.end === "quoted" && plain)) {
      const again = this.#giveUp(record, line.number, sink);
      return this.#wanted ? [line] : again;
    } else this.#open = record;
    return [];
  }

  /**
   * Splits the record's first line plainly, because its quotes meet a fault in line `until`. Returns
   * the lines to take again.
   */
  #giveUp(record: OpenRecord, until: number, sink: RecordSink): Line[] {
    const again = until < this.#plainBefore;
    if (!again) this.#plainBefore = until;
    if (record.lines) {
      const [first, ...others] = record.lines;
      this.#openPlain(first!, sink);
      return others;
    }
    // This can only be a chain of escaped line ends that was read from the source twice.
    if (again) emit(record, sink);
    else this.#wanted = { first: record.line, end: until };
    return [];
  }

  #openPlain(line: Line, sink: RecordSink): void {
    const record = new OpenRecord(line.number, { ...this.#syntax, quotes: false }, this.#limits);
    record.add(line);
    if (record.end === "record") emit(record, sink);
    else this.#open = record;
  }
}

function emit(record: OpenRecord, sink: RecordSink): void {
  const fault = record.fault();
  if (fault) sink.fault(record.line, fault);
  else {
    const lines =
      (record.lines?.length ?? 0) > 1 ? record.lines?.map(({ text }) => text) : undefined;
    sink.record(record.line, record.text(), record.cells(), lines);
  }
}
