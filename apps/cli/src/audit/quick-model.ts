import { setImmediate } from "node:timers/promises";
import { arraySource, type ProbabilitySource } from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  hardTargets,
  type NaiveBayes,
  type TextFeatures,
  temper,
  textFeatures,
} from "@winnow/linear";
import { ProbabilityStore } from "./probability-store.js";
import { ScratchFile } from "./scratch-file.js";
import type { TextStore } from "./text-store.js";

export interface QuickOptions {
  readonly texts: TextStore;
  readonly labels: Int32Array;
  readonly k: number;
  readonly seed: number;
  /** Whether texts are taken apart as CJK; by default their letters decide. */
  readonly cjk: boolean | undefined;
  readonly signal: AbortSignal;
  /** The share that is done. */
  readonly onProgress: (share: number) => void;
}

/** What the quick model says of every row, and the model, to ask why. */
export interface QuickAnswer {
  readonly source: ProbabilitySource;
  readonly features: TextFeatures;
  readonly model: NaiveBayes;
  readonly folds: Uint8Array;
  readonly temperature: number;
  /** Gives the files on disk back. */
  close(): void;
}

const FOLDS = 10;
/** Up to here probabilities are float64, and above as many float32 still stay in memory. */
const DOUBLE_CELLS = 1 << 22;
const MEMORY_CELLS = 1 << 25;
/** Above, the temperature is fitted on scores of the first fold, a tenth of the rows. */
const TEMPERATURE_CELLS = 1 << 22;
/** The share of the work that taking the texts apart is. */
const FEATURES_SHARE = 0.4;
const BLOCK = 512;

/** Held-out probabilities of the quick model: naive Bayes over stratified folds. */
export async function quickModel(options: QuickOptions): Promise<QuickAnswer> {
  const { texts, labels, k, seed, cjk, signal, onProgress } = options;
  const folds = assignFolds(labels, Math.min(FOLDS, labels.length), seed);
  const rowsFile = new ScratchFile();
  const probabilitiesFile = new ScratchFile();
  const close = () => {
    rowsFile.close();
    probabilitiesFile.close();
  };
  try {
    const features = await textFeatures(texts, {
      cjk,
      order: foldOrder(folds),
      scratch: rowsFile,
      signal,
      onProgress: (done, all) => onProgress((FEATURES_SHARE * done) / all),
    });
    const model = await fitNaiveBayes(features, { k, targets: hardTargets(labels), folds, signal });
    const judged = { model, labels, k, folds, signal };
    const report = (rows: number) =>
      onProgress(FEATURES_SHARE + ((1 - FEATURES_SHARE) * rows) / labels.length);
    const { source, temperature } =
      labels.length * k <= MEMORY_CELLS
        ? await inMemory(judged, report)
        : await onDisk(judged, probabilitiesFile, report);
    return { source, features, model, folds, temperature, close };
  } catch (error) {
    close();
    throw error;
  }
}

interface Judged {
  readonly model: NaiveBayes;
  readonly labels: Int32Array;
  readonly k: number;
  readonly folds: Uint8Array;
  readonly signal: AbortSignal;
}

async function inMemory(judged: Judged, report: (rows: number) => void) {
  const { labels, k } = judged;
  const cells = labels.length * k;
  const probs = cells <= DOUBLE_CELLS ? new Float64Array(cells) : new Float32Array(cells);
  await eachScore(judged, report, (row, z) => probs.set(z, row * k));
  const temperature = fitTemperature({ scores: probs, labels, k });
  temper(probs, k, temperature);
  return { source: arraySource(labels, probs, k), temperature };
}

async function onDisk(judged: Judged, file: ScratchFile, report: (rows: number) => void) {
  const { model, labels, k, folds } = judged;
  const temperature = await temperatureOfFirstFold(model, labels, k);
  const store = new ProbabilityStore(labels, folds, k, file);
  await eachScore(judged, report, (_, z) => {
    temper(z, k, temperature);
    store.write(z);
  });
  store.flush();
  return { source: store.source(), temperature };
}

/** The scores of every row, fold after fold. */
async function eachScore(
  { model, k, signal }: Judged,
  report: (rows: number) => void,
  use: (row: number, z: Float64Array) => void,
): Promise<void> {
  const z = new Float64Array(k);
  let done = 0;
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, z);
      use(row, z);
      if (++done % BLOCK !== 0) continue;
      signal.throwIfAborted();
      report(done);
      await setImmediate();
    }
  }
}

async function temperatureOfFirstFold(
  model: NaiveBayes,
  labels: Int32Array,
  k: number,
): Promise<number> {
  await model.openFold(0);
  const all = [...model.rowsOf(0)];
  const stride = Math.max(1, Math.ceil((all.length * k) / TEMPERATURE_CELLS));
  const rows = all.filter((_, i) => i % stride === 0);
  const scores = new Float32Array(rows.length * k);
  const z = new Float64Array(k);
  rows.forEach((row, i) => {
    model.scoresInto(row, z);
    scores.set(z, i * k);
  });
  return fitTemperature({ scores, labels: rows.map((row) => labels[row]!), k });
}
