import { unsupportedText } from "../bytes/text-kinds.js";
import { CorpusError, type CorpusErrorCode } from "../errors.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { sampleFile } from "./file-sample.js";
import { type FormatHint, hintsOf } from "./format-hints.js";
import { type FileGuess, guessFile } from "./guess-file.js";
import { type OpenSource, openFile } from "./open-file.js";

/** What reading a file of another kind, or in another format than its own, ends with. */
const OF_ANOTHER_KIND: readonly CorpusErrorCode[] = [
  "bad-format",
  "bad-json",
  "column-not-found",
  "label-names-mismatch",
  "no-rows-kept",
  "single-class",
  "too-many-classes",
];

/**
 * The error, or, where the file's first bytes explain it, one that says what the file is. Else its
 * message and details get the hints.
 */
export async function explained(
  error: unknown,
  head: Uint8Array,
  hints: () => Promise<readonly FormatHint[]>,
): Promise<unknown> {
  if (!(error instanceof CorpusError) || !OF_ANOTHER_KIND.includes(error.code)) return error;
  const kind = unsupportedText(Buffer.from(head).toString("utf8"));
  if (kind) return new CorpusError(kind.code, kind.message, error.details, { cause: error });
  const found = (await hints()).filter(({ detail }) => !error.message.includes(detail));
  if (found.length === 0) return error;
  const message = [error.message, ...found.map(({ detail }) => detail)].join(" ");
  return new CorpusError(error.code, message, { ...error.details, hints: found }, { cause: error });
}

/** Looks at a file once more, as if nothing were known of its format; null if that fails. */
export async function secondLook(
  open: OpenSource,
  options: IngestOptions,
): Promise<FileGuess | null> {
  try {
    const file = await openFile(open, options);
    return await guessFile(file, await sampleFile(file, options), {}, options.limits);
  } catch (error) {
    if (error instanceof CorpusError) return null;
    throw error;
  }
}

/** What the file looks like, where that is not how the options read it. */
export async function hintsFor(open: OpenSource, options: IngestOptions): Promise<FormatHint[]> {
  const guess = await secondLook(open, options);
  return guess ? hintsOf(options.format, guess) : [];
}
