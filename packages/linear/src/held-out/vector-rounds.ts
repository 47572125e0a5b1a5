import { Gaussian, type RidgeChoice } from "../gaussian/gaussian.js";
import type { VectorSource } from "../gaussian/vectors.js";
import { fitNaiveBayes } from "../naive-bayes/naive-bayes.js";
import { hardTargets, type Targets } from "../naive-bayes/targets.js";
import type { Scratch } from "../ngrams/row-store.js";
import { gaussianHeldOut } from "./gaussian-held-out.js";
import { type HeldOut, heldOutProbabilities } from "./held-out.js";
import type { QuickAnswer } from "./quick-model.js";
import type { HeldOutSource } from "./source.js";

export interface VectorRoundsOptions {
  /** The first round of naive Bayes, of the same rows, labels and folds. */
  readonly quick: QuickAnswer;
  readonly vectors: VectorSource;
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  readonly k: number;
  /** What the second round learns: the posterior of the mean of the first round's members. */
  readonly teach: (members: readonly HeldOutSource[]) => Promise<Targets>;
  /** Three files, for probabilities that do not fit into memory. */
  readonly scratch: readonly [vectors: Scratch, second: Scratch, vectorsSecond: Scratch];
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The share that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
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
/** Where each part of the work ends. */
const ENDS = { sums: 0.3, vectors: 0.5, taught: 0.6, second: 0.8 } as const;

/**
 * The Gaussian over vectors beside naive Bayes, and both once more on what they say together. Reads
 * the vectors seven times. Throws `invalid-vectors`, `cancelled`.
 */
export async function vectorRounds(options: VectorRoundsOptions): Promise<VectorRounds> {
  const { quick, labels, k, teach, scratch, signal } = options;
  const { folds } = quick;
  const n = labels.length;
  const from = (low: number, high: number) => (rows: number) =>
    options.onProgress?.(low + ((high - low) * rows) / Math.max(1, n));
  const gaussian = await Gaussian.over({ ...options, folds, onProgress: from(0, ENDS.sums) });
  const sums = await gaussian.learn(hardTargets(labels));
  const ridge = gaussian.chooseRidge(sums);
  const first = await gaussianHeldOut(
    gaussian,
    sums,
    { ridge: ridge.ridge, labels, scratch: scratch[0] },
    from(ENDS.sums, ENDS.vectors),
  );
  const targets = await teach([quick.source, first.source]);
  options.onProgress?.(ENDS.taught);
  const model = await fitNaiveBayes(quick.features, { k, targets, folds, signal });
  const second = await heldOutProbabilities(model, {
    labels,
    folds,
    scratch: scratch[1],
    threads: options.threads,
    signal,
    onProgress: from(ENDS.taught, ENDS.second),
  });
  const vectorsSecond = await gaussianHeldOut(
    gaussian,
    await gaussian.learn(targets),
    { ridge: ridge.ridge, labels, scratch: scratch[2] },
    from(ENDS.second, 1),
  );
  const weight = lossOf(first.source) <= lossOf(quick.source) ? SHARE : POOR_SHARE;
  return { vectors: first, second, vectorsSecond, ridge, weight };
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
