import { Buffer } from "node:buffer";

export type Utf16Encoding = "utf-16le" | "utf-16be";

/** UTF-8 never contains this byte, so the line that gets it does not decode. */
const BROKEN = Buffer.from([0xff]);

/** Half of a character that takes two units, without its other half. */
const LONE_HALF = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Turns UTF-16 that comes in chunks into UTF-8. Only the lines that do not decode stay broken. */
export class Utf16 {
  #rest: Buffer = Buffer.alloc(0);

  readonly #encoding: Utf16Encoding;

  constructor(encoding: Utf16Encoding) {
    this.#encoding = encoding;
  }

  push(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let end = bytes.length & ~1;
    // The other half of the last character may be in the next chunk.
    const lastHigh = end === 0 ? 0 : bytes[this.#encoding === "utf-16be" ? end - 2 : end - 1]!;
    if (lastHigh >= 0xd8 && lastHigh <= 0xdb) end -= 2;
    this.#rest = bytes.subarray(end);
    return this.#utf8(bytes.subarray(0, end));
  }

  finish(): Buffer {
    return this.#rest.length > 0 ? BROKEN : this.#rest;
  }

  #utf8(bytes: Buffer): Buffer {
    const text = unitsOf(bytes, this.#encoding).toString("utf16le");
    if (text.isWellFormed()) return Buffer.from(text, "utf8");
    const parts = text.split(LONE_HALF).map((part) => Buffer.from(part, "utf8"));
    return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [BROKEN, part])));
  }
}

/** What a text does not contain: controls, and units that are no characters. */
const ODD_UNITS = /(?![\t\n\v\f\r])[\p{Cc}\uFFFE\uFFFF]/gu;

const TELLING_BYTES = 65_536;

/**
 * Which UTF-16 bytes without a mark are, if they are: it has NULs in delimiters, line ends and Latin
 * letters, nearly all of them at every second place.
 */
export function utf16Of(bytes: Buffer): Utf16Encoding | null {
  const looked = bytes.subarray(0, TELLING_BYTES & ~1);
  const nuls = [0, 0];
  for (let i = 0; i < looked.length; i += 1) if (looked[i] === 0) nuls[i % 2]! += 1;
  const [even = 0, odd = 0] = nuls;
  if (even + odd < looked.length * 0.02) return null;
  const encoding = odd >= 9 * even ? "utf-16le" : even >= 9 * odd ? "utf-16be" : null;
  if (encoding === null) return null;
  const text = unitsOf(looked.subarray(0, looked.length & ~1), encoding).toString("utf16le");
  const oddUnits = text.match(ODD_UNITS)?.length ?? 0;
  return oddUnits * 100 > text.length ? null : encoding;
}

function unitsOf(bytes: Buffer, encoding: Utf16Encoding): Buffer {
  // A copy: the bytes may be the caller's.
  return encoding === "utf-16be" ? Buffer.from(bytes).swap16() : bytes;
}
