/** Up to so many UTF-16 units are encoded sooner here than by a call into Node. */
const SHORT = 24;

/** The most bytes of UTF-8 that a UTF-16 unit takes. */
export const MAX_UNIT_BYTES = 3;

/** Writes a text as UTF-8; returns where it ends. There must be room for it. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  if (text.length > SHORT) return at + bytes.write(text, at, "utf8");
  const end = writePlain(bytes, at, text, false);
  return end === -1 ? at + bytes.write(text, at, "utf8") : end;
}

/** Writes a text as a string of JSON, as `JSON.stringify` does; returns where it ends. */
export function writeJsonString(bytes: Buffer, at: number, text: string): number {
  bytes[at] = QUOTE;
  const end = writePlain(bytes, at + 1, text, true);
  if (end === -1) return at + bytes.write(JSON.stringify(text), at, "utf8");
  bytes[end] = QUOTE;
  return end + 1;
}

/** What an array of JSON takes at most: each unit may become `\u0000`, each string `null`. */
export const maxJsonBytes = (strings: number, units: number): number => 6 + 5 * strings + 6 * units;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** -1 at a surrogate, and with `escapes` at what JSON escapes; nothing is written then that counts. */
function writePlain(bytes: Buffer, start: number, text: string, escapes: boolean): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      if (escapes && (unit < 0x20 || unit === QUOTE || unit === BACKSLASH)) return -1;
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit >= 0xd800 && unit < 0xe000) {
      return -1;
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}
