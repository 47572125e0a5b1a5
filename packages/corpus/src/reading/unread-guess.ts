import { CorpusError } from "../errors.js";
import type { FormatGuess } from "../guessing/guess-format.js";

/**
 * The guess for a file whose rows cannot be read, with what is wrong. Throws the error again if it is
 * ours, or that of a bomb: no other format would help there.
 */
export function unreadGuess(error: unknown): FormatGuess {
  if (!(error instanceof CorpusError) || error.code === "too-large-decompressed") throw error;
  return { format: null, columns: null, confidence: 0, alternatives: [], problem: error.message };
}
