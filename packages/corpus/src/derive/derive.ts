import { DuplicateIndex } from "../duplicates/duplicate-index.js";
import { hashText } from "../duplicates/text-hash.js";
import { CorpusError } from "../errors.js";
import { LabelResolver } from "../labels/label-resolver.js";
import type { CorpusSample } from "../rows/rows.js";
import { type InjectedNoise, injectNoise, type NoiseSpec } from "../sampling/noise.js";
import { Reservoir } from "../sampling/reservoir.js";
import type { CorpusClass, CorpusProfile, CorpusSummary } from "../statistics/profile.js";
import { CorpusStatistics } from "../statistics/statistics.js";

/** A dataset's samples from the first, in batches; called twice. */
export type OpenSamples = () => AsyncIterable<readonly CorpusSample[]>;

/** What is taken over of a dataset, and what is made wrong in it. */
export interface DeriveOptions {
  /** The number of its samples. */
  rows: number;
  /** Its classes by index: the derived dataset has the same ones, even where no row is left. */
  classNames: readonly string[];
  /** Whether the classes are paths, whose levels the profile counts. */
  paths?: boolean | undefined;
  /** "first" keeps only the first row of each text. Default "keep". */
  duplicates?: "keep" | "first" | undefined;
  /** Rows of classes with fewer are left out. */
  minPerClass?: number | undefined;
  /** At most `perClass` rows of each given class, drawn as `readCorpus` draws them. */
  sampling?: { perClass: number; seed: number } | undefined;
  /** Wrong labels on purpose: the rows' labels become true labels, and some are given others. */
  noise?: { spec: NoiseSpec; seed: number } | undefined;
  signal?: AbortSignal | undefined;
  /** Rows read so far, of twice their number. */
  onProgress?: ((rows: number) => void) | undefined;
}

/** What was made wrong; classes by name. */
export interface NoiseProfile {
  type: NoiseSpec["type"];
  seed: number;
  rows: number;
  changed: number;
  /** Rows by [true class][given class], in class order. */
  joint: number[][];
  /** The labels that were changed most often, and into which; at most 100. */
  pairs: { from: string; to: string; count: number }[];
}

export interface DerivedSummary extends CorpusSummary {
  profile: CorpusProfile & { noise?: NoiseProfile };
}

const PAIR_LIMIT = 100;

/**
 * Streams a dataset's samples into another one: a part of them, and with noise. Two passes: the
 * first decides by text and label which rows stay, the second gives them out with new ordinals, line
 * and id as they were. The profile is that of the rows given out. Memory: 10 bytes a row. Throws
 * CorpusError "bad-noise", "no-rows-kept", "single-class".
 */
export async function* deriveCorpus(
  open: OpenSamples,
  options: DeriveOptions,
): AsyncGenerator<CorpusSample[], DerivedSummary> {
  const { classNames, signal, onProgress = () => {} } = options;
  const choice = await chooseRows(open, options);
  const noise = choice.noise;
  const classes = countedClasses(choice.given, classNames);
  const { statistics } = choice;
  let kept = 0;
  let read = options.rows;
  for await (const batch of open()) {
    signal?.throwIfAborted();
    const samples: CorpusSample[] = [];
    for (const row of batch) {
      if (choice.kept[row.ordinal] === 0) continue;
      const classIndex = choice.given[kept]!;
      const trueClassIndex = noise ? choice.trueLabels[kept]! : row.trueClassIndex;
      const { characters } = statistics.text(row.text, row.line, classIndex, classNames);
      statistics.usableRow(row.externalId, row.text, false);
      statistics.keptRow(characters);
      const sample: CorpusSample = { ...row, ordinal: kept, classIndex, trueClassIndex };
      if (noise && row.allClassIndexes?.length) {
        const others = row.allClassIndexes.slice(1).filter((other) => other !== classIndex);
        sample.allClassIndexes = [classIndex, ...others];
      }
      samples.push(sample);
      kept += 1;
    }
    if (samples.length > 0) yield samples;
    read += batch.length;
    onProgress(read);
  }
  const levels = options.paths ? levelsOf(choice.usable, classNames) : null;
  const usable = new Map(classNames.map((name, c) => [name, choice.usable[c]!]));
  const profile = statistics.profile(classes, usable, levels);
  if (!noise || !options.noise) return { classes, profile };
  return {
    classes,
    profile: { ...profile, noise: noiseProfile(noise, options.noise, classNames) },
  };
}

interface Choice {
  /** By ordinal of the source: 1 where the row stays. */
  kept: Uint8Array;
  /** Of the rows that stay, in order. */
  given: Int32Array;
  trueLabels: Int32Array;
  noise: InjectedNoise | null;
  /** Rows by class before sampling. */
  usable: Uint32Array;
  /** With the rows that were left out counted. */
  statistics: CorpusStatistics;
}

async function chooseRows(open: OpenSamples, options: DeriveOptions): Promise<Choice> {
  const { rows, classNames, duplicates, minPerClass = 1, sampling, signal } = options;
  const kept = new Uint8Array(rows);
  const labels = new Int32Array(rows);
  const trueLabels = new Int32Array(rows);
  const texts = duplicates === "first" ? new DuplicateIndex() : null;
  const hash = { high: 0, low: 0, characters: 0 };
  const usable = new Uint32Array(classNames.length);
  const statistics = new CorpusStatistics();
  let read = 0;
  for await (const batch of open()) {
    signal?.throwIfAborted();
    for (const { ordinal, text, classIndex, trueClassIndex } of batch) {
      labels[ordinal] = classIndex;
      trueLabels[ordinal] = trueClassIndex ?? classIndex;
      if (texts) hashText(text, hash);
      if (texts && texts.add(hash, classIndex) !== "new") {
        statistics.rejected("duplicate");
        continue;
      }
      kept[ordinal] = 1;
      usable[classIndex] = usable[classIndex]! + 1;
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
    ? injectNoise(trueKept, classNames, options.noise.spec, options.noise.seed)
    : null;
  const given = noise?.labels ?? labels.filter((_, i) => kept[i] === 1);
  return { kept, given, trueLabels: trueKept, noise, usable, statistics };
}

/** Leaves out what a reservoir per class does not draw; sets `kept` anew. */
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

function countedClasses(given: Int32Array, classNames: readonly string[]): CorpusClass[] {
  const counts = new Uint32Array(classNames.length);
  for (const label of given) counts[label] = counts[label]! + 1;
  const filled = counts.filter((count) => count > 0).length;
  if (filled < 2) {
    const name = classNames[given[0]!] ?? "";
    throw new CorpusError(
      "single-class",
      `Every kept row has the label ${JSON.stringify(name.slice(0, 80))}. At least two classes are needed.`,
    );
  }
  return classNames.map((name, index) => ({ index, name, count: counts[index]! }));
}

function levelsOf(counts: Uint32Array, classNames: readonly string[]): CorpusProfile["levels"] {
  const paths = new LabelResolver({
    labels: {},
    labelNames: undefined,
    separator: undefined,
    paths: true,
  });
  classNames.forEach((name, c) => {
    const resolved = paths.resolve(name);
    if (resolved.ok) resolved.path.count += counts[c]!;
  });
  return paths.levelCounts();
}

function noiseProfile(
  { joint, changed, labels }: InjectedNoise,
  { spec, seed }: { spec: NoiseSpec; seed: number },
  classNames: readonly string[],
): NoiseProfile {
  const k = classNames.length;
  const pairs: NoiseProfile["pairs"] = [];
  joint.forEach((count, cell) => {
    const [i, j] = [Math.floor(cell / k), cell % k];
    if (count === 0 || i === j) return;
    pairs.push({ from: classNames[i]!, to: classNames[j]!, count });
  });
  return {
    type: spec.type,
    seed,
    rows: labels.length,
    changed,
    joint: Array.from({ length: k }, (_, i) => [...joint.subarray(i * k, (i + 1) * k)]),
    pairs: pairs.sort((a, b) => b.count - a.count).slice(0, PAIR_LIMIT),
  };
}
