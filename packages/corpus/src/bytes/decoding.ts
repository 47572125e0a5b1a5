import { type Buffer, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import type { TextEncoding } from "../options/dataset-format.js";
import type { RejectReason } from "../rows/samples.js";

/** Decodes the lines of a file. */
export interface Decoder {
  /** Returns null for bytes that do not decode. */
  decode: (bytes: Buffer) => string | null;
  /** The text of any bytes, with U+FFFD for what does not decode. */
  readable: (bytes: Buffer) => string;
  /** The reject reason of a line that does not decode. */
  reason: RejectReason;
}

export function decoderOf(encoding: TextEncoding): Decoder {
  const lenient = lenientDecoder(encoding);
  const readable = (bytes: Buffer) => lenient.decode(bytes);
  if (encoding === "utf-8") {
    const decode = (bytes: Buffer) => (isUtf8(bytes) ? bytes.toString("utf8") : null);
    return { decode, readable, reason: "bad-utf8" };
  }
  const strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const decode = (bytes: Buffer) => {
    try {
      return strict.decode(bytes);
    } catch {
      return null;
    }
  };
  return { decode, readable, reason: "bad-encoding" };
}

/** A decoder that puts U+FFFD for what does not decode. */
export function lenientDecoder(encoding: TextEncoding): TextDecoder {
  return new TextDecoder(encoding, { ignoreBOM: true });
}
