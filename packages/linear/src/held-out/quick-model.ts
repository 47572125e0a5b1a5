import { foldOrder } from "../naive-bayes/fold-order.js";
import { fitNaiveBayes, type NaiveBayes } from "../naive-bayes/naive-bayes.js";
import { hardTargets } from "../naive-bayes/targets.js";
import type { Scratch } from "../ngrams/row-store.js";
import { type TextFeatures, textFeatures } from "../ngrams/text-features.js";
import type { Texts } from "../ngrams/texts.js";
import { type HeldOut, heldOutProbabilities } from "./held-out.js";

export interface QuickOptions {
  readonly texts: Texts;
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  readonly k: number;
  /** The fold that judges each row, (n). */
  readonly folds: Uint8Array;
  /** Whether texts are taken apart as CJK; by default their letters decide. */
  readonly cjk?: boolean | undefined;
  /** Two files, for features and for probabilities that do not fit into memory. */
  readonly scratch: readonly [rows: Scratch, probabilities: Scratch];
  /** Threads that score rows, this one among them. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The share that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What the quick model says of every row, and the model, to ask why. */
export interface QuickAnswer extends HeldOut {
  readonly features: TextFeatures;
  readonly model: NaiveBayes;
  readonly folds: Uint8Array;
}

/** The same without the model, whose counts can take a gigabyte. */
export type QuickRows = Omit<QuickAnswer, "model">;

/** The folds of the quick model, unless there are fewer rows. */
export const QUICK_FOLDS = 10;
/** The share of the work that taking the texts apart is. */
const FEATURES_SHARE = 0.4;

/** Held-out probabilities of the quick model: naive Bayes over stratified folds. Throws `cancelled`. */
export async function quickModel(options: QuickOptions): Promise<QuickAnswer> {
  const { texts, labels, k, folds, cjk, scratch, threads, signal, onProgress } = options;
  const features = await textFeatures(texts, {
    cjk,
    order: foldOrder(folds),
    scratch: scratch[0],
    signal,
    onProgress: (done, all) => onProgress?.((FEATURES_SHARE * done) / all),
  });
  const model = await fitNaiveBayes(features, { k, targets: hardTargets(labels), folds, signal });
  const heldOut = await heldOutProbabilities(model, {
    labels,
    folds,
    scratch: scratch[1],
    threads,
    signal,
    onProgress: (rows) =>
      onProgress?.(FEATURES_SHARE + ((1 - FEATURES_SHARE) * rows) / labels.length),
  });
  return { ...heldOut, features, model, folds };
}
