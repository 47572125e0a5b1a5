import { CorpusError } from "../errors.js";
import { type FormatAlternative, SURE_ENOUGH } from "../guessing/guess-format.js";
import type { DatasetFormat, GivenFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { sampleFile } from "./file-sample.js";
import { guessFile, unsureMessage } from "./guess-file.js";
import { type OpenSource, openFile } from "./open-file.js";

/** The format that a file is read in without being told. */
export interface GuessedFormat {
  format: DatasetFormat;
  /** From 0 to 1. */
  confidence: number;
  alternatives: readonly FormatAlternative[];
}

/**
 * The format of a file, guessed as a preview guesses it; what is given is kept. Throws CorpusError
 * "format-unclear" below the confidence that it takes, with what the file could be, and the errors
 * of a file that is not a dataset.
 */
export async function resolveFormat(
  open: OpenSource,
  given: GivenFormat,
  options: Pick<IngestOptions, "limits" | "randomAccess" | "signal"> = {},
): Promise<GuessedFormat> {
  const file = await openFile(open, options);
  const guess = await guessFile(file, await sampleFile(file, options), given, options.limits);
  const { format, confidence, alternatives } = guess;
  if (format && confidence >= SURE_ENOUGH) return { format, confidence, alternatives };
  const hints = alternatives.map((other) => ({
    pointer: "/format",
    detail: `${other.reason}: ${JSON.stringify(other.format)}`,
  }));
  throw new CorpusError("format-unclear", unsureMessage(guess), { hints });
}
