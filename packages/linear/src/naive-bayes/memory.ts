import { HELD_FEATURE_BYTES, HELD_ROW_BYTES, MOST_HELD } from "../ngrams/held-rows.js";
import { filterBits } from "../ngrams/repeat-filter.js";
import { ngramsOf } from "../ngrams/text-features.js";
import { ENTRY_BYTES } from "./own-counts.js";

/** What is known of a data set before anything is counted. */
export interface NaiveBayesSize {
  readonly rows: number;
  /** UTF-16 units of all texts together. */
  readonly units: number;
  readonly classes: number;
  readonly cjk: boolean;
  /** Classes of a row's targets. Default 1, the given label. */
  readonly targetClasses?: number;
}

export interface NaiveBayesMemory {
  /** Bytes held at once, at most, while texts are taken apart, and while folds are judged. */
  readonly features: number;
  readonly model: number;
  /** The larger of both. */
  readonly total: number;
  /** Bytes in the caller's file, if there is one. */
  readonly scratch: number;
}

/** Rows stay in memory up to here, if a file takes the rest. */
const ROWS_KEPT = 256 * 2 ** 20;

/**
 * Memory of `textFeatures` and `fitNaiveBayes` with a scratch file, without texts and runtime: a
 * bound for texts as people write them, in which every second n-gram is one that was met before.
 */
export function naiveBayesMemory(size: NaiveBayesSize): NaiveBayesMemory {
  const { rows, units, classes, targetClasses = 1 } = size;
  const ngrams = ngramsOf(units, size.cjk);
  // Of the n-grams that are counted each is met twice or more.
  const ids = ngrams / 4;
  const stored = 4 * (ngrams + rows);
  const rowBytes = Math.min(stored, ROWS_KEPT) + 8 * rows;
  const filter = 2 ** (filterBits(ngrams) - 2);
  const occurrences = (ngrams / 2) * targetClasses;
  const pairs = Math.min(ids * classes, occurrences);
  const real = pairs <= 2 ** 23 ? 8 : 4;
  const features = rowBytes + filter + ids * 28;
  const held = HELD_FEATURE_BYTES * Math.min(ngrams / 2, MOST_HELD) + HELD_ROW_BYTES * rows;
  const model = rowBytes + held + pairs * (2 + 2 * real) + ids * (4 + 4 + 4 + real);
  return {
    features: Math.ceil(features),
    model: Math.ceil(model),
    total: Math.ceil(Math.max(features, model)),
    scratch: Math.ceil(Math.max(0, stored - ROWS_KEPT) + ENTRY_BYTES * occurrences),
  };
}
