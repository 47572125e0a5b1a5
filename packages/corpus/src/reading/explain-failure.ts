import { unsupportedText } from "../bytes/text-kinds.js";
import { CorpusError, type CorpusErrorCode } from "../errors.js";

/** What reading a file of another kind ends with. */
const OF_ANOTHER_KIND: readonly CorpusErrorCode[] = [
  "column-not-found",
  "label-names-mismatch",
  "no-rows-kept",
  "single-class",
  "too-many-classes",
];

/** The error, or, where the file's first bytes explain it, one that says what the file is. */
export function explained(error: unknown, head: Uint8Array): unknown {
  if (!(error instanceof CorpusError) || !OF_ANOTHER_KIND.includes(error.code)) return error;
  const kind = unsupportedText(Buffer.from(head).toString("utf8"));
  if (!kind) return error;
  return new CorpusError(kind.code, kind.message, error.details, { cause: error });
}
