import type { LabelReport, NormalizedLabel, SimilarClasses } from "../labels/label-report.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import type { FileColumn } from "../rows/file-column.js";
import type { RejectReason } from "../rows/samples.js";
import type { AnnotatorProfile } from "./annotator-profile.js";

/** A class of the dataset; `count` is its number of kept rows. */
export interface CorpusClass {
  index: number;
  name: string;
  count: number;
}

/**
 * What `readCorpus` returns at its end. Classes are in first-seen order, or in the order of
 * labelNames.
 */
export interface CorpusSummary {
  classes: CorpusClass[];
  profile: CorpusProfile;
  /** The columns that are kept, in file order: the meaning of the samples' `cells`. */
  columns: readonly FileColumn[];
  /** How the file writes the labels of a class, as a cell, where that is not its name: by name. */
  labelCells: ReadonlyMap<string, string>;
}

/** What a file contains, and what was kept of it. Lengths count characters (code points). */
export interface CorpusProfile {
  /** Rows of the file, a csv header not counted. */
  rowsRead: number;
  kept: number;
  /** Most frequent first. */
  rejected: { reason: RejectReason; count: number }[];
  /** Kept rows by class, in class order; `read` also counts what sampling left out. */
  classHistogram: { index: number; name: string; count: number; read: number }[];
  /** Usable rows by the first 1, 2, ... levels of their path, most frequent first; null = no paths. */
  levels: LabelReport["levels"];
  /** Pairs of class names that differ only in case, width and the like; at most 100. */
  similarClasses: SimilarClasses[];
  /** Usable rows whose label was read as another spelling, by spelling; at most 100. */
  normalizedLabels: NormalizedLabel[];
  lengths: LengthProfile;
  duplicates: DuplicateProfile;
  /** Usable rows with more than one label, before the policy chose. */
  severalLabels: number;
  /** Usable rows whose id occurred before. */
  repeatedIds: number;
  warnings: CorpusWarning[];
  /** Where several annotators labelled rows. */
  annotators?: AnnotatorProfile;
}

/** Text lengths of the kept rows. The histogram's last bin ends at `max`. */
export interface LengthProfile {
  min: number;
  p5: number;
  median: number;
  p95: number;
  p99: number;
  max: number;
  mean: number;
  /** Counts of lengths from `from` to `to`, both included. */
  histogram: { from: number; to: number; count: number }[];
}

/** Texts that occur more than once, among usable rows before sampling. */
export interface DuplicateProfile {
  /** Rows whose text occurred before: rows - distinct texts. */
  texts: number;
  /** Distinct texts that have more than one label. */
  conflictingTexts: number;
  /** The first 1,000 of them, with all their labels and the line of the second label. */
  examples: { text: string; line: number; labels: string[] }[];
}

/** Counts lengths; returns their percentiles and a histogram. */
export class LengthCounter {
  readonly #counts = new Map<number, number>();
  #total = 0;
  #sum = 0;

  add(length: number): void {
    this.#counts.set(length, (this.#counts.get(length) ?? 0) + 1);
    this.#total += 1;
    this.#sum += length;
  }

  profile(): LengthProfile {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const at = (share: number) => percentile(sorted, this.#total, share);
    const p99 = at(0.99);
    return {
      min: sorted[0]?.[0] ?? 0,
      p5: at(0.05),
      median: at(0.5),
      p95: at(0.95),
      p99,
      max: sorted.at(-1)?.[0] ?? 0,
      mean: this.#total === 0 ? 0 : this.#sum / this.#total,
      histogram: binned(sorted, p99),
    };
  }
}

/** The smallest length that at least `share` of all rows do not exceed (nearest rank). */
function percentile(sorted: readonly [number, number][], total: number, share: number): number {
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (const [length, count] of sorted) {
    seen += count;
    if (seen >= rank) return length;
  }
  return 0;
}

/** About twenty equal bins up to the 99th percentile; the last one contains the tail. */
function binned(
  sorted: readonly [number, number][],
  p99: number,
): { from: number; to: number; count: number }[] {
  const width = Math.max(1, Math.ceil((p99 + 1) / 20));
  const bins = Math.floor(p99 / width) + 1;
  const histogram = Array.from({ length: sorted.length === 0 ? 0 : bins }, (_, i) => ({
    from: i * width,
    to: i * width + width - 1,
    count: 0,
  }));
  for (const [length, count] of sorted) {
    const bin = histogram[Math.min(bins - 1, Math.floor(length / width))];
    if (bin) bin.count += count;
  }
  const last = histogram.at(-1);
  if (last) last.to = Math.max(last.to, sorted.at(-1)?.[0] ?? 0);
  return histogram;
}
