import { Buffer } from "node:buffer";
import type { TextEncoding } from "../options/dataset-format.js";
import { type Utf16Encoding, utf16Of } from "./utf-16.js";

/** Where the stored bytes of a text can be cut between lines. Their place in the file must be even. */
export interface LineCuts {
  /** After the first line end, or -1. */
  first(bytes: Buffer): number;
  /** After the last line end that ends at most there, or -1. */
  last(bytes: Buffer, atMost?: number): number;
}

/** Those of a text with this head: after "\n", or "\r" if the head has no "\n", also in UTF-16. */
export function lineCuts(head: Buffer, declared: TextEncoding | undefined): LineCuts {
  const wide = wideOf(head, declared);
  const ends = ["\n", "\r"].map((end) => cutsAfter(endIn(end, wide)));
  return ends.find((cuts) => cuts.first(head) >= 0) ?? ends[0]!;
}

/** Which UTF-16 the bytes of a text are, by what is declared of them, their mark, or their NULs. */
export function wideOf(head: Buffer, declared: TextEncoding | undefined): Utf16Encoding | null {
  if (declared === "utf-16le" || declared === "utf-16be") return declared;
  const mark = head.length < 2 ? 0 : head.readUInt16BE(0);
  if (mark === 0xfffe) return "utf-16le";
  return mark === 0xfeff ? "utf-16be" : utf16Of(head);
}

function endIn(end: string, wide: Utf16Encoding | null): Buffer {
  if (wide === null) return Buffer.from(end);
  const bytes = Buffer.from(end, "utf16le");
  return wide === "utf-16be" ? bytes.swap16() : bytes;
}

function cutsAfter(end: Buffer): LineCuts {
  const { length } = end;
  return {
    first(bytes) {
      let at = bytes.indexOf(end);
      while (at >= 0 && at % length !== 0) at = bytes.indexOf(end, at + 1);
      return at < 0 ? -1 : at + length;
    },
    last(bytes, atMost = bytes.length) {
      let at = atMost < length ? -1 : bytes.lastIndexOf(end, atMost - length);
      while (at > 0 && at % length !== 0) at = bytes.lastIndexOf(end, at - 1);
      return at < 0 ? -1 : at + length;
    },
  };
}
