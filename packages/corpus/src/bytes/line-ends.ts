import type { Buffer } from "node:buffer";

/** Where the lines of a file end. A "\r" before "\n" belongs to the line. */
export interface LineEnds {
  /** The place of the first line end from `from` on, or -1. */
  next(bytes: Buffer, from: number): number;
  /** The place of the last line end, or -1. */
  last(bytes: Buffer): number;
  /** The lines of a text, and the character that ends each; null: "\n" throughout. */
  split(text: string): { lines: string[]; ends: string[] | null };
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

/** Lines that end with "\n". */
export const NEWLINES: LineEnds = {
  next: (bytes, from) => bytes.indexOf(NEWLINE, from),
  last: (bytes) => bytes.lastIndexOf(NEWLINE),
  split: (text) => ({ lines: text.split("\n"), ends: null }),
};

/** Lines that end with "\r" or "\n". The bytes must not end between the two. */
export const RETURNS: LineEnds = {
  next(bytes, from) {
    for (let at = from; at < bytes.length; at += 1) if (endsLine(bytes, at)) return at;
    return -1;
  },
  last(bytes) {
    for (let at = bytes.length - 1; at >= 0; at -= 1) if (endsLine(bytes, at)) return at;
    return -1;
  },
  split(text) {
    const lines: string[] = [];
    const ends: string[] = [];
    let start = 0;
    for (const { 0: end, index } of text.matchAll(/\n|\r(?!\n)/g)) {
      lines.push(text.slice(start, index));
      ends.push(end);
      start = index + 1;
    }
    lines.push(text.slice(start));
    ends.push("\r");
    return { lines, ends };
  },
};

function endsLine(bytes: Buffer, at: number): boolean {
  const byte = bytes[at];
  return byte === NEWLINE || (byte === RETURN && bytes[at + 1] !== NEWLINE);
}

/**
 * The line ends of a file by its head: "\r" alone, as old Macs and Excel's "CSV (Macintosh)" write,
 * only if no "\n" stands outside of quotes.
 */
export function lineEndsOf(head: Buffer): LineEnds {
  let quoted = false;
  const counts = { newlines: 0, outside: 0, returns: 0, returnsOutside: 0 };
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at];
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === NEWLINE) {
      counts.newlines += 1;
      if (!quoted) counts.outside += 1;
    } else if (byte === RETURN && at + 1 < head.length && head[at + 1] !== NEWLINE) {
      counts.returns += 1;
      if (!quoted) counts.returnsOutside += 1;
    }
  }
  const byReturns =
    counts.newlines === 0 ? counts.returns > 0 : counts.outside === 0 && counts.returnsOutside > 0;
  return byReturns ? RETURNS : NEWLINES;
}
