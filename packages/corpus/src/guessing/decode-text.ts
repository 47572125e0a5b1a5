import type { Buffer } from "node:buffer";

/** What windows-1252 has in place of the control characters 0x80 to 0x9f of Latin 1. */
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

/** IBM 850, which Excel's "CSV (MS-DOS)" writes: its letters from 0x80 on; the rest draws boxes. */
const IBM_850 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑ";

/** The bytes as text; what does not decode becomes U+FFFD. */
export function decodeText(bytes: Buffer, encoding: string): string {
  // Node's decoder of windows-1252 reads Latin 1, and it has none of IBM 850.
  if (encoding === "windows-1252") {
    return replaceHigh(bytes, (code) => WINDOWS_1252[code - 0x80] ?? String.fromCharCode(code));
  }
  if (encoding === "ibm850") {
    return replaceHigh(bytes, (code) => IBM_850[code - 0x80] ?? (code === 0xe1 ? "ß" : "\u2592"));
  }
  return new TextDecoder(encoding).decode(bytes);
}

function replaceHigh(bytes: Buffer, character: (code: number) => string): string {
  return bytes
    .toString("latin1")
    .replaceAll(/[\x80-\xff]/g, (high) => character(high.charCodeAt(0)));
}
