import { Gaussian, type RidgeChoice } from "../gaussian/gaussian.js";
import type { VectorSource } from "../gaussian/vectors.js";
import { fitNaiveBayes } from "../naive-bayes/naive-bayes.js";
import { hardTargets, type Targets } from "../naive-bayes/targets.js";
import type { Scratch } from "../ngrams/row-store.js";
import { gaussianHeldOut } from "./gaussian-held-out.js";
import { type HeldOut, heldOutProbabilities } from "./held-out.js";
import type { QuickRows } from "./quick-model.js";
import type { HeldOutSource } from "./source.js";

/** Whose rows are judged by vectors. */
export interface FirstVectorRoundOptions {
  readonly vectors: VectorSource;
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  readonly k: number;
  /** The fold that judges each row, (n). */
  readonly folds: Uint8Array;
  /** For probabilities that do not fit into memory. */
  readonly scratch: Scratch;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The share that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What the vectors' model says of every row by the given labels. */
export interface FirstVectorRound {
  readonly gaussian: Gaussian;
  readonly ridge: RidgeChoice;
  readonly heldOut: HeldOut;
}

export interface VectorRoundsOptions extends Omit<FirstVectorRoundOptions, "folds" | "scratch"> {
  /** The first round of naive Bayes, of the same rows, labels and folds. */
  readonly quick: QuickRows;
  /** The vectors' first round of the same rows, labels and folds; without it, it is computed here. */
  readonly first?: Promise<FirstVectorRound> | undefined;
  /** What the second round learns: the posterior of the mean of the first round's members. */
  readonly teach: (members: readonly HeldOutSource[]) => Promise<Targets>;
  /** Three files, for probabilities that do not fit into memory. */
  readonly scratch: readonly [vectors: Scratch, second: Scratch, vectorsSecond: Scratch];
}

/** What two rounds over texts and vectors say of every row: four members, and how to pool them. */
export interface VectorRounds {
  readonly vectors: HeldOut;
  readonly second: HeldOut;
  readonly vectorsSecond: HeldOut;
  readonly ridge: RidgeChoice;
  /** The share of the pool that both rounds of the vectors' model have together. */
  readonly weight: number;
}

/** The vectors' share, and that of vectors which say less than the texts: an encoder of another language. */
const SHARE = 0.5;
const POOR_SHARE = 0.3;
const SMALLEST_P = 1e-12;
/** Where the first round ends, and teaching. */
const ENDS = { first: 0.5, taught: 0.6 } as const;
/** The part of the first round that reading sums is. */
const SUMS_SHARE = 0.6;

/**
 * The Gaussian over vectors, which needs nothing of the texts: it may run beside the quick model. Reads
 * the vectors five times. Throws `invalid-vectors`, `cancelled`.
 */
export async function firstVectorRound(
  options: FirstVectorRoundOptions,
): Promise<FirstVectorRound> {
  const { labels, scratch, onProgress } = options;
  const from = (low: number, high: number) => (rows: number) =>
    onProgress?.(low + ((high - low) * rows) / Math.max(1, labels.length));
  const gaussian = await Gaussian.over({ ...options, onProgress: from(0, SUMS_SHARE) });
  const sums = await gaussian.learn(hardTargets(labels));
  const ridge = await gaussian.chooseRidge(sums);
  const asked = { ridge: ridge.ridge, labels, scratch };
  const heldOut = await gaussianHeldOut(gaussian, sums, asked, from(SUMS_SHARE, 1));
  return { gaussian, ridge, heldOut };
}

/**
 * The Gaussian over vectors beside naive Bayes, and both once more on what they say together. Reads
 * the vectors seven times. Throws `invalid-vectors`, `cancelled`.
 */
export async function vectorRounds(options: VectorRoundsOptions): Promise<VectorRounds> {
  const { quick, labels, k, teach, scratch, signal, onProgress } = options;
  const { folds } = quick;
  const first = await (options.first ??
    firstVectorRound({
      ...{ ...options, folds, scratch: scratch[0] },
      onProgress: (share) => onProgress?.(ENDS.first * share),
    }));
  const { gaussian, ridge, heldOut } = first;
  const targets = await teach([quick.source, heldOut.source]);
  onProgress?.(ENDS.taught);
  const done = { second: 0, vectorsSecond: 0 };
  const report = (part: keyof typeof done) => (rows: number) => {
    done[part] = rows / Math.max(1, labels.length);
    onProgress?.(ENDS.taught + ((1 - ENDS.taught) * (done.second + done.vectorsSecond)) / 2);
  };
  const secondRound = async () => {
    const model = await fitNaiveBayes(quick.features, { k, targets, folds, signal });
    return heldOutProbabilities(model, {
      ...{ labels, folds, scratch: scratch[1], signal },
      threads: options.threads,
      onProgress: report("second"),
    });
  };
  const secondOfVectors = async () => {
    const asked = { ridge: ridge.ridge, labels, scratch: scratch[2] };
    const sums = await gaussian.learn(targets);
    return gaussianHeldOut(gaussian, sums, asked, report("vectorsSecond"));
  };
  // Neither needs the other: what one has on threads runs beside the other.
  const both = [secondOfVectors(), secondRound()] as const;
  await Promise.allSettled(both);
  const [vectorsSecond, second] = await Promise.all(both);
  const weight = lossOf(heldOut.source) <= lossOf(quick.source) ? SHARE : POOR_SHARE;
  return { vectors: heldOut, second, vectorsSecond, ridge, weight };
}

/** The mean log loss against the given labels. */
function lossOf({ n, k, blocks }: HeldOutSource): number {
  let loss = 0;
  for (const { rows, labels, probs } of blocks()) {
    for (let i = 0; i < rows; i++)
      loss -= Math.log(Math.max(SMALLEST_P, probs[i * k + labels[i]!]!));
  }
  return loss / Math.max(1, n);
}
