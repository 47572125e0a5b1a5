import { Buffer } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { TextEncoding } from "../options/dataset-format.js";
import { textStart } from "./text-start.js";
import { Utf16 } from "./utf-16.js";

/** UTF-16 without a mark is recognised by its NULs, for which a few bytes would not do. */
const TELLING_BYTES = 4096;

/** A text's bytes without its byte order mark; those of UTF-16 come as UTF-8. */
export class TextBytes {
  /** What the bytes were at first; known with the first chunk. */
  encoding: TextEncoding = "utf-8";

  readonly #bytes: AsyncIterable<Uint8Array>;
  readonly #declared: TextEncoding | undefined;

  constructor(bytes: AsyncIterable<Uint8Array>, declared: TextEncoding | undefined) {
    this.#bytes = bytes;
    this.#declared = declared;
  }

  /** Throws CorpusError "bad-encoding" or "empty-file". */
  async *chunks(): AsyncGenerator<Buffer> {
    let head: Buffer | null = Buffer.alloc(0);
    let wide: Utf16 | null = null;
    for await (const { buffer, byteOffset, byteLength } of this.#bytes) {
      const chunk = Buffer.from(buffer, byteOffset, byteLength);
      if (head === null) {
        yield wide ? wide.push(chunk) : chunk;
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < TELLING_BYTES) continue;
      const start = this.#start(head);
      head = null;
      wide = start.wide;
      yield start.text;
    }
    if (head !== null) {
      if (head.length === 0) throw emptyFile();
      const start = this.#start(head);
      wide = start.wide;
      yield start.text;
    }
    if (wide) yield wide.finish();
  }

  #start(head: Buffer): { wide: Utf16 | null; text: Buffer } {
    const { encoding, markBytes } = textStart(head, this.#declared);
    this.encoding = encoding;
    const text = head.subarray(markBytes);
    const isWide = encoding === "utf-16le" || encoding === "utf-16be";
    const wide = isWide ? new Utf16(encoding) : null;
    return { wide, text: wide ? wide.push(text) : text };
  }
}

/** The error for a file that is empty or has only blank lines. */
export function emptyFile(): CorpusError {
  return new CorpusError("empty-file", "The file holds no rows. Upload a file with data in it.");
}
