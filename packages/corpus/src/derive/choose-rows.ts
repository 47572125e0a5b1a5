import { DuplicateIndex } from "../duplicates/duplicate-index.js";
import { hashText } from "../duplicates/text-hash.js";
import { CorpusError } from "../errors.js";
import type { Vote } from "../rows/samples.js";
import { injectDissent, type RowVotes } from "../sampling/dissent.js";
import { type InjectedNoise, injectNoise } from "../sampling/noise.js";
import { Reservoir } from "../sampling/reservoir.js";
import { CorpusStatistics } from "../statistics/statistics.js";
import type { DeriveOptions, OpenSamples } from "./derive-options.js";

/** Which rows of the source are kept, and with which labels. */
export interface Choice {
  /** By ordinal of the source: 1 if the row is kept. */
  kept: Uint8Array;
  /** Given classes of the kept rows, in order. */
  given: Int32Array;
  trueLabels: Int32Array;
  noise: InjectedNoise | null;
  /** Rows by class before sampling. */
  usable: Uint32Array;
  /** Already counts the rows that were left out. */
  statistics: CorpusStatistics;
}

/**
 * Decides by text and label which rows to keep, in one pass. Throws "bad-noise", "no-rows-kept".
 */
export async function chooseRows(open: OpenSamples, options: DeriveOptions): Promise<Choice> {
  const { rows, classNames, newLabels, duplicates, minPerClass = 1, sampling, signal } = options;
  const kept = new Uint8Array(rows);
  const labels = new Int32Array(rows);
  const trueLabels = new Int32Array(rows);
  const texts = duplicates === "first" ? new DuplicateIndex() : null;
  const hash = { high: 0, low: 0, characters: 0 };
  const usable = new Uint32Array(classNames.length);
  const statistics = new CorpusStatistics();
  const votes = options.noise?.spec.type === "annotators" ? new Map<number, number[]>() : null;
  let read = 0;
  for await (const batch of open()) {
    signal?.throwIfAborted();
    for (const { ordinal, text, classIndex, trueClassIndex, votes: given } of batch) {
      const label = newLabels?.[ordinal] ?? classIndex;
      if (label === -1) {
        statistics.rejected("not-in-split");
        continue;
      }
      labels[ordinal] = label;
      trueLabels[ordinal] = trueClassIndex ?? label;
      if (texts) hashText(text, hash);
      if (texts && texts.add(hash, label) !== "new") {
        statistics.rejected("duplicate");
        continue;
      }
      kept[ordinal] = 1;
      if (given) votes?.set(ordinal, classesOf(given));
      usable[label] = usable[label]! + 1;
    }
    read += batch.length;
    options.onProgress?.(read);
  }
  for (let i = 0; i < rows; i += 1) {
    if (kept[i] === 0 || usable[labels[i]!]! >= minPerClass) continue;
    kept[i] = 0;
    statistics.rejected("class-too-small");
  }
  usable.forEach((count, c) => {
    if (count < minPerClass) usable[c] = 0;
  });
  if (sampling) keepSampled(kept, labels, sampling, statistics);
  const trueKept = trueLabels.filter((_, i) => kept[i] === 1);
  if (trueKept.length === 0) {
    throw new CorpusError("no-rows-kept", `No class has ${minPerClass} rows. Lower minPerClass.`);
  }
  const noise = options.noise
    ? injected(trueKept, classNames, options.noise, votes && rowVotes(kept, votes))
    : null;
  const given = noise?.labels ?? labels.filter((_, i) => kept[i] === 1);
  return { kept, given, trueLabels: trueKept, noise, usable, statistics };
}

const classesOf = (votes: readonly Vote[]): number[] => votes.map((vote) => vote.classIndex);

/** The votes of the kept rows, in order. */
function rowVotes(kept: Uint8Array, votes: ReadonlyMap<number, readonly number[]>): RowVotes {
  const starts = [0];
  const classes: number[] = [];
  for (const [ordinal, stays] of kept.entries()) {
    if (stays === 0) continue;
    for (const vote of votes.get(ordinal) ?? []) classes.push(vote);
    starts.push(classes.length);
  }
  return { starts, classes };
}

function injected(
  labels: Int32Array,
  classNames: readonly string[],
  { spec, seed }: NonNullable<DeriveOptions["noise"]>,
  votes: RowVotes | null,
): InjectedNoise {
  if (spec.type !== "annotators") return injectNoise(labels, classNames, spec, seed);
  if (!votes || votes.classes.length === 0) {
    const message = "The data set has one label a row: no annotator gave another one.";
    throw new CorpusError("bad-noise", message);
  }
  return injectDissent(labels, votes, spec, { k: classNames.length, seed });
}

/** Leaves out what a reservoir per class does not draw; overwrites `kept`. */
function keepSampled(
  kept: Uint8Array,
  labels: Int32Array,
  { perClass, seed }: { perClass: number; seed: number },
  statistics: CorpusStatistics,
): void {
  const reservoir = new Reservoir<number>(perClass, seed);
  let offered = 0;
  kept.forEach((stays, i) => {
    if (stays === 0) return;
    offered += 1;
    reservoir.offer(labels[i]!, () => i);
  });
  const drawn = reservoir.items();
  kept.fill(0);
  for (const i of drawn) kept[i] = 1;
  if (drawn.length < offered) statistics.rejected("not-sampled", offered - drawn.length);
}
