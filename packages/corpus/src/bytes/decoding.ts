import { type Buffer, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import iconv from "iconv-lite";
import type { TextEncoding } from "../options/dataset-format.js";
import type { RejectReason } from "../rows/samples.js";

/** Decodes the lines of a file. */
export interface LineDecoder {
  /** Returns null for bytes that do not decode. */
  decode(bytes: Buffer): string | null;
  /** The text of any bytes, with U+FFFD for what does not decode. */
  readable(bytes: Buffer): string;
  /** Decodes the pieces of a line, which may cut characters in two; `end` is what is left. */
  pieces(): { piece(bytes: Buffer): string; end(): string };
  /** The reject reason of a line that does not decode. */
  reason: RejectReason;
}

const REPLACEMENT = "\uFFFD";

/** The decoder of lines in an encoding; lines of UTF-16 come as UTF-8, see `Utf16`. */
export function lineDecoder(encoding: TextEncoding): LineDecoder {
  switch (encoding) {
    case "utf-8":
      return { ...UTF_8, reason: "bad-utf8" };
    case "utf-16":
    case "utf-16le":
    case "utf-16be":
      return { ...UTF_8, reason: "bad-encoding" };
    case "gb18030":
      return ofPlatform("gb18030");
    default:
      return ofTables(encoding);
  }
}

/** The bytes as text; what does not decode becomes U+FFFD. Unlike a line, it may be UTF-16. */
export function decodeText(bytes: Buffer, encoding: string): string {
  // The platform's own decoders of several others read other characters than the standard says.
  if (encoding.startsWith("utf-") || encoding === "gb18030") {
    return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  }
  return iconv.decode(bytes, encoding);
}

/** Decodes a text in pieces, as strictly as a line: null for bytes that do not decode. */
export interface TextPieces {
  piece(bytes: Buffer): string | null;
  end(): string | null;
}

/** For the encodings that do not come as UTF-8. */
export function strictPieces(encoding: TextEncoding): TextPieces {
  if (encoding === "gb18030") {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    return {
      piece: (bytes) => orNull(() => decoder.decode(bytes, { stream: true })),
      end: () => orNull(() => decoder.decode()),
    };
  }
  const { piece, end } = ofTables(encoding).pieces();
  const whole = (text: string) => (text.includes(REPLACEMENT) ? null : text);
  return { piece: (bytes) => whole(piece(bytes)), end: () => whole(end()) };
}

function orNull(decode: () => string): string | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

const UTF_8: Omit<LineDecoder, "reason"> = {
  decode: (bytes) => (isUtf8(bytes) ? bytes.toString("utf8") : null),
  readable: (bytes) => bytes.toString("utf8"),
  pieces: () => platformPieces("utf-8"),
};

function ofPlatform(encoding: string): LineDecoder {
  const strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    decode: (bytes) => orNull(() => strict.decode(bytes)),
    readable: (bytes) => decodeText(bytes, encoding),
    pieces: () => platformPieces(encoding),
    reason: "bad-encoding",
  };
}

function platformPieces(encoding: string) {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return {
    piece: (bytes: Buffer) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  };
}

/** None of these encodings has U+FFFD itself, so it always stands for bytes that do not decode. */
function ofTables(encoding: string): LineDecoder {
  const readable = (bytes: Buffer) => iconv.decode(bytes, encoding);
  const decode = (bytes: Buffer) => {
    const text = readable(bytes);
    return text.includes(REPLACEMENT) ? null : text;
  };
  const pieces = () => {
    const decoder = iconv.getDecoder(encoding);
    return {
      piece: (bytes: Buffer) => decoder.write(bytes),
      end: () => decoder.end() ?? "",
    };
  };
  return { decode, readable, pieces, reason: "bad-encoding" };
}
