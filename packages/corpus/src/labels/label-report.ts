import type { CorpusWarning } from "../rows/corpus-warning.js";

/** What there is to say about the labels of a file. */
export interface LabelReport {
  /** Rows by the first 1, 2, ... levels of their path, most frequent first; null = no paths. */
  levels: { level: number; classes: { name: string; count: number }[] }[] | null;
  /** Spellings that were read as another one, most rows first. */
  normalized: NormalizedLabel[];
  warnings: CorpusWarning[];
}

/** Rows whose label is spelled differently from the class that it was read as. */
export interface NormalizedLabel {
  from: string;
  to: string;
  count: number;
}

/** Two class names that nearly agree; `to` is the more frequent one. */
export interface SimilarClasses {
  from: string;
  to: string;
  fromCount: number;
  toCount: number;
}
