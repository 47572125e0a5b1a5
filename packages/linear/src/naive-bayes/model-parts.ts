import { RowStore } from "../ngrams/row-store.js";
import { TextFeatures } from "../ngrams/text-features.js";
import type { Texts } from "../ngrams/texts.js";
import { foldOrder } from "./fold-order.js";
import { NaiveBayes, type NaiveBayesOptions } from "./naive-bayes.js";
import type { Real } from "./pair-table.js";

/** What is counted of texts and targets: with it a model need not take the texts apart again. */
export interface ModelParts {
  readonly cjk: boolean;
  /** The rows' features in the order of the folds: their numbers by row, and all, in parts. */
  readonly lengths: Uint32Array; // (n)
  readonly numbers: readonly Uint32Array[];
  readonly textCounts: Int32Array; // (ids)
  readonly second: Int32Array; // (ids)
  /** The pairs of feature and class (pair-table.ts). */
  readonly start: Uint32Array; // (ids + 1)
  readonly classes: Uint16Array; // (pairs)
  readonly counts: Real; // (pairs)
}

/** The parts of a model whose rows are in the order of `foldOrder`; null where a file holds some rows. */
export function partsOf({ features, pairs }: NaiveBayes): ModelParts | null {
  const rows = features.rows.stored();
  if (rows === null) return null;
  const { cjk, textCounts, second } = features;
  return { cjk, ...rows, textCounts, second, ...pairs };
}

/**
 * The model whose parts these are, with `numbers` in one part; texts, targets and folds are the same. Its
 * weights are the same, to the last bit where eight million n-grams or fewer are counted.
 */
export function modelOf(parts: ModelParts, texts: Texts, options: NaiveBayesOptions): NaiveBayes {
  const { cjk, lengths, numbers, textCounts, second, start, classes, counts } = parts;
  const rows = RowStore.of({ lengths, numbers });
  const order = foldOrder(options.folds);
  const features = new TextFeatures(texts, cjk, order, rows, { textCounts, second });
  const model = new NaiveBayes(features, options, { pairs: { start, classes, counts } });
  model.count();
  return model;
}
