import { Buffer } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { TextEncoding } from "../options/dataset-format.js";
import { strictPieces } from "./decoding.js";
import { TextBytes } from "./text-bytes.js";
import { refuseBinary } from "./text-start.js";

/**
 * The bytes of a text in UTF-8, without a byte order mark. Throws CorpusError "empty-file",
 * "binary-file", and "bad-encoding" for bytes that do not decode; what does not decode as UTF-8 or
 * UTF-16 stays invalid UTF-8.
 */
export async function* utf8Bytes(
  source: AsyncIterable<Uint8Array>,
  declared: TextEncoding | undefined,
): AsyncGenerator<Uint8Array> {
  const text = new TextBytes(source, declared);
  let toUtf8: ((bytes: Buffer | null) => Buffer) | null = null;
  let isHead = true;
  for await (const chunk of text.chunks()) {
    if (isHead) {
      refuseBinary(chunk);
      isHead = false;
      if (!text.encoding.startsWith("utf-")) toUtf8 = transcoder(text.encoding);
    }
    yield toUtf8 ? toUtf8(chunk) : chunk;
  }
  if (toUtf8) yield toUtf8(null);
}

function transcoder(encoding: TextEncoding): (bytes: Buffer | null) => Buffer {
  const pieces = strictPieces(encoding);
  let passed = 0;
  return (bytes) => {
    const text = bytes ? pieces.piece(bytes) : pieces.end();
    if (text === null) {
      throw new CorpusError(
        "bad-encoding",
        `The file does not decode as ${encoding} after byte ${passed}. Give the encoding that it has.`,
      );
    }
    passed += bytes?.length ?? 0;
    return Buffer.from(text, "utf8");
  };
}
