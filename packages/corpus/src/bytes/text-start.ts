import type { Buffer } from "node:buffer";
import { CorpusError } from "../errors.js";
import type { TextEncoding } from "../options/dataset-format.js";
import { utf16Of } from "./utf-16.js";

/** The encoding of a text, and how many bytes its byte order mark takes. */
export interface TextStart {
  encoding: Exclude<TextEncoding, "utf-16">;
  markBytes: number;
}

/** The longer marks first, because UTF-32's begins like UTF-16's. */
const MARKS = [
  { mark: "fffe0000", encoding: "utf-32" },
  { mark: "0000feff", encoding: "utf-32" },
  { mark: "efbbbf", encoding: "utf-8" },
  { mark: "fffe", encoding: "utf-16le" },
  { mark: "feff", encoding: "utf-16be" },
  { mark: "84319533", encoding: "gb18030" },
] as const;

/**
 * How a text is encoded, by its first bytes and by what is declared of it; the default is what its
 * mark says, or else UTF-8. Throws CorpusError "bad-encoding" if the two contradict each other.
 */
export function textStart(head: Buffer, declared: TextEncoding | undefined): TextStart {
  const start = head.toString("hex", 0, 4);
  const found = MARKS.find(({ mark }) => start.startsWith(mark));
  if (!found) return { encoding: declaredEncoding(head, declared), markBytes: 0 };
  const { mark, encoding } = found;
  if (encoding === "utf-32") {
    throw badEncoding(
      "The file is UTF-32, which is not read. Convert it first: iconv -f UTF-32 -t UTF-8 FILE > utf-8.txt",
    );
  }
  const fits = declared === undefined || declared === encoding;
  if (!fits && !(declared === "utf-16" && encoding.startsWith("utf-16"))) {
    throw badEncoding(
      `The file begins with the byte order mark of ${encoding}, but its encoding is given as ${declared}. Give ${encoding}, or none.`,
    );
  }
  return { encoding, markBytes: mark.length / 2 };
}

function declaredEncoding(head: Buffer, declared: TextEncoding | undefined): TextStart["encoding"] {
  if (declared === "utf-16") return utf16Of(head) ?? "utf-16le";
  const seen = declared === undefined ? utf16Of(head) : null;
  if (seen) {
    throw badEncoding(
      `The file looks like UTF-16 without a byte order mark. Give the encoding ${seen}.`,
    );
  }
  return declared ?? "utf-8";
}

/** Throws CorpusError "binary-file" for signs that these bytes, not UTF-16, are no text. */
export function refuseBinary(head: Buffer): void {
  let nuls = 0;
  let controls = 0;
  const looked = Math.min(head.length, 65_536);
  for (let i = 0; i < looked; i += 1) {
    const byte = head[i]!;
    if (byte === 0) nuls += 1;
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) controls += 1;
  }
  // One stray NUL in a long text is a broken row; NULs among many control bytes mean that the file
  // is not text.
  if (nuls === 0 || controls * 100 <= looked) return;
  throw new CorpusError(
    "binary-file",
    `The file is binary: ${nuls} NUL bytes in its first ${looked} bytes (the first at byte ${head.indexOf(0)}). Upload a text file, as it is or gzipped.`,
  );
}

function badEncoding(message: string): CorpusError {
  return new CorpusError("bad-encoding", message);
}
