export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** Python's json writes the floats that JSON does not have as the last three. */
const WORDS = new Set(["true", "false", "null", "NaN", "Infinity", "-Infinity"]);

const OTHER_WORDS = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
  ["nan", "null"],
  ["undefined", "null"],
]);

export const isBlank = (byte: number) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Whether a number or word ends before this byte. */
export const isDelimiter = (byte: number) =>
  isBlank(byte) ||
  byte === COMMA ||
  byte === COLON ||
  byte === QUOTE ||
  (byte | 0x20) === OPEN_OBJECT ||
  (byte | 0x20) === CLOSE_OBJECT;

/** Why a number or word is no value of JSON; null if it is one. */
export function faultOf(token: string): string | null {
  if (NUMBER.test(token) || WORDS.has(token)) return null;
  const found = `found ${JSON.stringify(token.slice(0, 40).toWellFormed())}`;
  const word = OTHER_WORDS.get(token);
  if (word) return `${found}; JSON has ${word}`;
  if (token.startsWith("'")) return `${found}; strings of JSON stand in double quotes`;
  if (/^(\/\/|\/\*|#)/.test(token)) return `${found}; JSON has no comments`;
  return `${found}, which is no value`;
}

/** The key in a string with its quotes; null if the string is not valid. */
export function keyOf(quoted: string): string | null {
  try {
    const key: unknown = JSON.parse(quoted);
    return typeof key === "string" ? key : null;
  } catch {
    return null;
  }
}
