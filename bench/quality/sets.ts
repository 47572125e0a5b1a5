import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assignFolds, type DatasetFormat, injectNoise, readWhole } from "@winnow/corpus";

/** What the flags of a set must reach: average precisions by margin and posterior, and precision. */
export interface Bars {
  readonly margin: number;
  readonly precision: number;
  readonly posterior: number;
  /** Average precision by posterior that is hoped for, not asked. */
  readonly beyond: number;
}

export const BARS = {
  noisyagnews: { margin: 0.55, precision: 0.7, posterior: 0.63, beyond: 0.68 },
  "toutiao-symmetric": { margin: 0.82, precision: 0.64, posterior: 0.85, beyond: 0.9 },
  "toutiao-pair": { margin: 0.61, precision: 0.6, posterior: 0.65, beyond: 0.89 },
} as const satisfies Record<string, Bars>;

export type SetName = keyof typeof BARS;

export const isSetName = (name: string): name is SetName => name in BARS;

/** Texts with given and true labels; folds are decided once, whatever the training seed. */
export interface QualitySet {
  readonly name: SetName;
  readonly texts: readonly string[];
  readonly given: Int32Array; // (n)
  readonly clean: Int32Array; // (n)
  readonly classes: number;
  readonly folds: Uint8Array; // (n)
}

const NEWS = {
  file: "noisyagnews/samples10000valMed.csv",
  format: {
    type: "csv",
    textColumn: "text",
    labelColumn: "label",
    trueLabelColumn: "gt",
    labelNames: ["World", "Sports", "Business", "Sci/Tech"],
  },
} as const;
const TOUTIAO = {
  file: "toutiao_15class/toutiao_test_38270.txt",
  format: { type: "toutiao", labelNames: Array.from({ length: 15 }, (_, k) => String(k)) },
} as const;

const NOISE_RATE = 0.2;
const NOISE_SEED = 20;
const FOLD_SEED = 1;

/** The set of that name below `folder`, its first `rows` rows where that is given. */
export async function loadSet(
  name: SetName,
  { folder, folds, rows }: { folder: string; folds: number; rows: number | undefined },
): Promise<QualitySet> {
  const whole = name === "noisyagnews" ? await loadNews(folder) : await loadToutiao(folder, name);
  const given = whole.given.slice(0, rows);
  return {
    name,
    texts: whole.texts.slice(0, rows),
    given,
    clean: whole.clean.slice(0, rows),
    classes: whole.classes,
    folds: assignFolds(given, folds, FOLD_SEED),
  };
}

async function loadNews(folder: string) {
  const { samples, classes } = await read(folder, NEWS.file, NEWS.format);
  return {
    texts: samples.map(({ text }) => text),
    given: Int32Array.from(samples, ({ classIndex }) => classIndex),
    clean: Int32Array.from(
      samples,
      ({ trueClassIndex, classIndex }) => trueClassIndex ?? classIndex,
    ),
    classes: classes.length,
  };
}

/** Clean titles with one label in five made wrong: into any class, or into the next one. */
async function loadToutiao(folder: string, name: SetName) {
  const { samples, classes } = await read(folder, TOUTIAO.file, TOUTIAO.format);
  const clean = Int32Array.from(samples, ({ classIndex }) => classIndex);
  const names = classes.map((one) => one.name);
  const next = names.map((_, k) => [k, (k + 1) % names.length] as const);
  const { labels: given } = injectNoise(
    clean,
    names,
    name === "toutiao-pair"
      ? { type: "pair", rate: NOISE_RATE, pairs: next }
      : { type: "symmetric", rate: NOISE_RATE },
    NOISE_SEED,
  );
  return { texts: samples.map(({ text }) => text), given, clean, classes: classes.length };
}

async function read(folder: string, file: string, format: DatasetFormat) {
  const corpus = await readWhole(await readFile(join(folder, file)), { format });
  if (corpus.rejects.length > 0) console.log(`${file}: ${corpus.rejects.length} lines left out`);
  return corpus;
}
