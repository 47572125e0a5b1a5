import { setImmediate } from "node:timers/promises";
import { LinearError } from "../errors.js";
import type { NaiveBayes } from "../naive-bayes/naive-bayes.js";
import { ScoreThreads } from "../naive-bayes/score-threads.js";
import { fitTemperature, type LabelledScores, temper } from "../naive-bayes/temperature.js";
import type { Scratch } from "../ngrams/row-store.js";
import { isHeldInMemory, probabilities } from "./cells.js";
import { ProbabilityStore } from "./probability-store.js";
import { type HeldOutSource, sourceOf } from "./source.js";

/** Whose rows are judged: a model of folds, and the given labels (n). */
export interface HeldOutOptions {
  /** A negative one is none: its row is scored, and the temperature is fitted to the others. */
  readonly labels: Int32Array;
  readonly folds: Uint8Array;
  /** For what does not fit into memory. */
  readonly scratch: Scratch;
  /** Threads that score rows, this one among them. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the rows done. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

export interface HeldOut {
  readonly source: HeldOutSource;
  readonly temperature: number;
}

/** Above, the temperature is fitted on scores of the first fold. */
const TEMPERATURE_CELLS = 1 << 22;
/** Fewer rows are scored before a thread has started, and so are fewer features of rows times classes. */
const FEW_ROWS = 5_000;
const FEW_PRODUCTS = 1e8;

/**
 * Probabilities of every row by the model that did not learn from it, with one temperature for all,
 * fitted to the given labels. Throws `cancelled`.
 */
export async function heldOutProbabilities(
  model: NaiveBayes,
  options: HeldOutOptions,
): Promise<HeldOut> {
  const { labels, folds, scratch } = options;
  const { k } = model;
  const cells = labels.length * k;
  if (isHeldInMemory(cells)) {
    const probs = probabilities(cells);
    await eachScore(model, options, undefined, (row, z) => probs.set(z, row * k));
    const temperature = fitTemperature(labelled({ scores: probs, labels, k }));
    temper(probs, k, temperature);
    return { source: sourceOf(labels, probs, k), temperature };
  }
  const temperature = await temperatureOfFirstFold(model, labels);
  const store = new ProbabilityStore(labels, folds, k, scratch);
  await eachScore(model, options, temperature, (_, z) => store.write(z));
  store.flush();
  return { source: store.source(), temperature };
}

/** The scores of every row, fold after fold; as probabilities, if the temperature is known. */
async function eachScore(
  model: NaiveBayes,
  { labels, threads = 1, signal, onProgress }: HeldOutOptions,
  temperature: number | undefined,
  use: (row: number, z: Float64Array) => void,
): Promise<void> {
  const products = model.features.occurrences * model.k;
  const isFew = labels.length < FEW_ROWS || products < FEW_PRODUCTS;
  const pool = new ScoreThreads(model, isFew ? 1 : threads);
  let done = 0;
  const onBlock = async (rows: number) => {
    if (signal?.aborted) throw new LinearError("cancelled", "The quick model was cancelled.");
    done += rows;
    onProgress?.(done);
    await setImmediate();
  };
  try {
    for (let fold = 0; fold < model.folds; fold++) {
      await model.openFold(fold);
      await pool.eachScore(fold, temperature, use, onBlock);
    }
  } finally {
    await pool.close();
  }
}

async function temperatureOfFirstFold(model: NaiveBayes, labels: Int32Array): Promise<number> {
  const { k } = model;
  await model.openFold(0);
  const all = [...model.rowsOf(0)].filter((row) => labels[row]! >= 0);
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

/** The rows that have a label. */
function labelled({ scores, labels, k }: LabelledScores): LabelledScores {
  const rows = Array.from(labels, (_, row) => row).filter((row) => labels[row]! >= 0);
  if (rows.length === labels.length) return { scores, labels, k };
  const own = new Float64Array(rows.length * k);
  rows.forEach((row, i) => {
    own.set(scores.subarray(row * k, (row + 1) * k), i * k);
  });
  return { scores: own, labels: rows.map((row) => labels[row]!), k };
}
