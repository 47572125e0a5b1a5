import { lengthWithoutReturns, withoutReturns } from "./line-ending.js";

/** How a delimited file writes its fields. */
export interface FieldSyntax {
  /** Between fields; one or more characters, without quotes and line breaks. */
  delimiter: string;
  /** Whether a quote at the start of a field quotes it. */
  quotes: boolean;
  /** Whether a backslash makes a quote, delimiter, backslash or line break ordinary. */
  backslash: boolean;
}

/**
 * How a line ends: with its record; inside a quoted field; with an escaped line break; or with a
 * quote that is neither doubled nor before a delimiter or the line's end, so that the quote which
 * opened the field was a character. A piece of a line has no end.
 */
export type LineEnd = "record" | "quoted" | "escaped" | "lone-quote" | "piece";

const QUOTE = '"';
const BACKSLASH = "\\";

/**
 * Reads one record, line by line, by RFC 4180: a quote at the start of a field opens it, a doubled
 * quote inside stands for one, and a quote before a delimiter or a line's end closes it. The "\r"
 * before a line's end belongs to the end, except inside quotes.
 */
export class FieldScanner {
  #cells: string[] = [];
  #cell = "";
  #state: "field-start" | "plain" | "quoted" | "lone-quote" = "field-start";
  /** Whether the cell is more than its characters: `\N` alone is an empty cell, `\\N` is not. */
  #marked = false;
  #collects = true;
  /** The end of the last piece, whose meaning depends on the next one. */
  #carry = "";
  /** The backslash that escaped the last line's end, and what ends the line. */
  #escapedEnd = "";

  readonly #syntax: FieldSyntax;

  constructor(syntax: FieldSyntax) {
    this.#syntax = syntax;
  }

  /**
   * Scans the record's next line, which `end` ends in the file. With `last` false it is a piece, and
   * the line goes on.
   */
  scan(line: string, last = true, end = "\n"): LineEnd {
    this.#add(this.#escapedEnd.slice(1));
    this.#escapedEnd = "";
    const text = this.#carry + line;
    this.#carry = "";
    const lineEnd = this.#state === "lone-quote" ? "lone-quote" : this.#scan(text, last, end);
    if (lineEnd === "lone-quote") this.#state = "lone-quote";
    return lineEnd;
  }

  /** Drops the cells, and collects no more of them. */
  forget(): void {
    this.#collects = false;
    this.#cells = [];
    this.#cell = "";
  }

  /** The cells after the record's end. At the end of the file, an escaped line break is text. */
  cells(): readonly string[] {
    if (this.#escapedEnd !== "") {
      this.#add(withoutReturns(this.#escapedEnd.slice(0, -1)));
      this.#escapedEnd = "";
      this.#endCell();
    }
    return this.#cells;
  }

  #scan(text: string, last: boolean, lineEnd: string): LineEnd {
    const { delimiter, quotes, backslash } = this.#syntax;
    const end = lengthWithoutReturns(text);
    // In a piece, what comes next may decide the meaning of the last few characters, and of the
    // character before its last returns, which may be the line's end.
    const sure = last ? text.length : Math.min(text.length - delimiter.length - 3, end - 2);
    const find = { quote: finder(text, QUOTE), delimiter: finder(text, delimiter) };
    const findBackslash = backslash ? finder(text, BACKSLASH) : () => text.length;
    let at = 0;
    for (;;) {
      if (at > sure) return this.#goOn(text, at);
      if (this.#state === "field-start") {
        this.#state = quotes && text.startsWith(QUOTE, at) ? "quoted" : "plain";
        if (this.#state === "quoted") at += 1;
      }
      const quoted = this.#state === "quoted";
      const mark = quoted ? find.quote(at) : find.delimiter(at);
      const backslashAt = findBackslash(at);
      const next = Math.min(mark, backslashAt, last ? text.length : Math.max(at, sure + 1));
      this.#add(text.slice(at, quoted ? next : Math.min(next, end)));
      if (next > sure) return this.#goOn(text, next);
      if (next === text.length) {
        if (!quoted) this.#endCell();
        else this.#add(lineEnd);
        return quoted ? "quoted" : "record";
      }
      if (next === backslashAt) {
        if (last && next + 1 >= end) {
          this.#escapedEnd = text.slice(next) + lineEnd;
          return quoted ? "quoted" : "escaped";
        }
        at = this.#unescape(text, next + 1);
      } else if (!quoted) {
        this.#endCell();
        at = mark + delimiter.length;
      } else if (text.startsWith(QUOTE, mark + 1)) {
        this.#add(QUOTE);
        at = mark + 2;
      } else {
        const ends = last && mark + 1 === end;
        if (!ends && !text.startsWith(delimiter, mark + 1)) return "lone-quote";
        this.#marked = true;
        this.#endCell();
        if (ends) return "record";
        at = mark + 1 + delimiter.length;
      }
    }
  }

  #goOn(text: string, from: number): LineEnd {
    // Where no cells are collected, one return says as much as many, which would fill the memory.
    const end = this.#collects ? text.length : lengthWithoutReturns(text) + 1;
    this.#carry = text.slice(from, end);
    return "piece";
  }

  /** Adds what the backslash before `at` stands for; returns where the text goes on. */
  #unescape(text: string, at: number): number {
    const { delimiter } = this.#syntax;
    const escaped = [QUOTE, BACKSLASH, delimiter, "\r"].find((mark) => text.startsWith(mark, at));
    if (escaped !== undefined) this.#marked = true;
    this.#add(escaped ?? BACKSLASH);
    return at + (escaped?.length ?? 0);
  }

  #add(text: string): void {
    if (this.#collects) this.#cell += text;
  }

  #endCell(): void {
    if (this.#collects) {
      const none = this.#syntax.backslash && !this.#marked && this.#cell === "\\N";
      this.#cells.push(none ? "" : this.#cell);
    }
    this.#cell = "";
    this.#marked = false;
    this.#state = "field-start";
  }
}

/**
 * Returns a function that gives the place of the next mark from a place on, or the text's length.
 * The places asked for only grow, so all its searches together read the text once.
 */
function finder(text: string, mark: string): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      found = text.indexOf(mark, from);
      if (found < 0) found = text.length;
    }
    return found;
  };
}
