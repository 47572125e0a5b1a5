import { Buffer } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { TextEncoding } from "../options/dataset-format.js";
import { readHead } from "./head.js";
import { emptyFile, withoutMark } from "./lines.js";

/** A fair sample to tell text from binary files by. */
const HEAD_BYTES = 4096;

/**
 * The bytes of a text in UTF-8, without a byte order mark. Throws CorpusError "empty-file",
 * "binary-file", and "bad-encoding" for bytes that do not decode; those that are declared as UTF-8
 * are passed on as they are.
 */
export async function* utf8Bytes(
  source: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator, HEAD_BYTES);
    if (head.length === 0) throw emptyFile();
    const toUtf8 = encoding === "utf-8" ? null : transcoder(encoding);
    const start = withoutMark(Buffer.from(head.buffer, head.byteOffset, head.byteLength));
    yield toUtf8?.(start) ?? start;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      yield toUtf8?.(next.value) ?? next.value;
    }
    if (toUtf8) yield toUtf8(null);
  } finally {
    await iterator.return?.();
  }
}

function transcoder(encoding: TextEncoding): (bytes: Uint8Array | null) => Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let passed = 0;
  return (bytes) => {
    try {
      const text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
      passed += bytes?.length ?? 0;
      return Buffer.from(text, "utf8");
    } catch (error) {
      throw new CorpusError(
        "bad-encoding",
        `The file does not decode as ${encoding} after byte ${passed}. Give the encoding that it has.`,
        {},
        { cause: error },
      );
    }
  };
}
