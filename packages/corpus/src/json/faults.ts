import { CorpusError } from "../errors.js";
import type { Place } from "./place.js";

const CHECK = "Check the file with python -m json.tool FILE, or write it again.";

/** CorpusError "bad-json" for a document that breaks the grammar here. */
export function brokenJson(place: Place, why: string): CorpusError {
  const { line, column } = place;
  return new CorpusError(
    "bad-json",
    `The JSON document is broken at line ${line}, column ${column}: ${why}. ${CHECK}`,
    { line },
  );
}

/** CorpusError "bad-json" for a document that ends before it is complete. */
export function cutOffJson(place: Place, inside: string): CorpusError {
  const { line, column } = place;
  return new CorpusError(
    "bad-json",
    `The JSON document is cut off: it ends at line ${line}, column ${column}, ${inside}. Write or download it again; nothing of it was kept.`,
    { line },
  );
}

/** CorpusError "bad-json" for a file of several documents. */
export function severalDocuments(place: Place): CorpusError {
  const { line, column } = place;
  return new CorpusError(
    "bad-json",
    `The JSON document ends before line ${line}, column ${column}, where another one begins. A file with one JSON value a line has the format jsonl.`,
    { line },
  );
}
