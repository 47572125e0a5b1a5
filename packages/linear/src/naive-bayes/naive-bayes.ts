import type { FeatureRow } from "../ngrams/held-rows.js";
import type { TextFeatures } from "../ngrams/text-features.js";
import { type CountedPairs, countPairs } from "./count-pairs.js";
import { eachPlace, foldStarts } from "./fold-order.js";
import { type OwnCounts, ownCountsOfRows } from "./own-counts.js";
import { findPair, type PairTable, type Real, sharedReals } from "./pair-table.js";
import { type ScoreTables, scoresInto } from "./scores.js";
import type { Targets } from "./targets.js";

export interface NaiveBayesOptions {
  /** How many classes. */
  readonly k: number;
  readonly targets: Targets;
  /** By row: the fold that judges it, from 0. The features' order must hold fold after fold. */
  readonly folds: ArrayLike<number>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/** Added to every count. */
const ALPHA = 0.1;

/**
 * One-against-the-rest naive Bayes in closed form over folds (docs/explanation/methods.md): counts
 * of all rows, of which a fold's own are subtracted. With C[k][f] the weight of feature f in rows of
 * class k and R[k][f] that in rows of other classes,
 *
 *     w[k][f] = ln((C + a)/(sum_f C + a F)) - ln((R + a)/(sum_f R + a F))
 *     z[k] = sum_f x[f] w[k][f] + ln(1 + rows of class k)
 *
 * Counts exist for pairs that occur. For the others C is 0: their part of z is written as one number
 * a class and one a feature, and a pair that occurs adds its difference from that.
 */
export class NaiveBayes {
  readonly k: number;
  readonly features: TextFeatures;
  readonly #options: NaiveBayesOptions;
  readonly pairs: PairTable;
  readonly #classSums: Float64Array;
  readonly #classRows: Float64Array;
  /** The places of each fold: `#foldStart[v]` to `#foldStart[v + 1]`. */
  readonly #foldStart: Int32Array;
  readonly #ownCounts: OwnCounts;
  /** Of the open fold, by pair: first its own counts, then the differences in z. */
  readonly #own: Real;
  /** By feature: ln(C + R + a). */
  readonly #logSums: Real;
  readonly #perValue: Float64Array;
  readonly #perRow: Float64Array;
  readonly #classes: Uint16Array;
  readonly #weights: Float64Array;
  /** The fold that is open, or -1. */
  #open = -1;

  /** Use `fitNaiveBayes`. Without counts of the folds they are made of the rows, which takes longer. */
  constructor(
    features: TextFeatures,
    options: NaiveBayesOptions,
    { pairs, own }: { readonly pairs: PairTable } & Partial<CountedPairs>,
  ) {
    const { k, targets, signal } = options;
    this.k = k;
    this.features = features;
    this.#options = options;
    this.pairs = pairs;
    this.#own = sharedReals(pairs.classes.length);
    this.#logSums = sharedReals(features.ids);
    this.#classSums = new Float64Array(k);
    this.#classRows = new Float64Array(k);
    this.#perValue = new Float64Array(new SharedArrayBuffer(8 * k));
    this.#perRow = new Float64Array(new SharedArrayBuffer(8 * k));
    const foldStart = foldStarts(features, options.folds);
    this.#foldStart = foldStart;
    this.#ownCounts = own ?? ownCountsOfRows({ features, targets, pairs, foldStart, signal });
    this.#classes = new Uint16Array(targets.most);
    this.#weights = new Float64Array(targets.most);
  }

  get folds(): number {
    return this.#foldStart.length - 1;
  }

  /** Counts the rows of each class; the pairs are counted already. */
  count(): void {
    const { start, classes, counts } = this.pairs;
    for (let p = 0; p < start.at(-1)!; p++) this.#classSums[classes[p]!]! += counts[p]!;
    for (let row = 0; row < this.features.count; row++) this.#addTarget(row, this.#classRows);
  }

  /** Makes the model of all rows but the fold's, for `scoresInto` and `contributions`. */
  async openFold(fold: number): Promise<void> {
    if (this.#open === fold) return;
    this.#open = -1;
    const { k } = this;
    this.#own.fill(0);
    await this.#ownCounts.addTo(fold, this.#own);
    const classSums = new Float64Array(k);
    const classRows = new Float64Array(k);
    const [from, to] = [this.#foldStart[fold]!, this.#foldStart[fold + 1]!];
    let hasGaps = false;
    await eachPlace(this.features, this.#options.signal, from, to, (row) => {
      const found = this.#addTarget(row, classRows);
      hasGaps ||= found === 0;
    });
    this.#weigh(classSums, !hasGaps && this.#options.targets.most === 1);
    // Without a feature no value is weighed, but 0 times infinity would be none.
    const smoothing = ALPHA * Math.max(1, this.features.size);
    for (let c = 0; c < k; c++) classSums[c] = atLeast0(this.#classSums[c]! - classSums[c]!);
    const total = classSums.reduce((sum, value) => sum + value, 0);
    for (let c = 0; c < k; c++) {
      const rest = atLeast0(total - classSums[c]!);
      this.#perValue[c] =
        Math.log(ALPHA) - Math.log(classSums[c]! + smoothing) + Math.log(rest + smoothing);
      this.#perRow[c] = Math.log(1 + atLeast0(this.#classRows[c]! - classRows[c]!));
    }
    this.#open = fold;
  }

  /** The rows of a fold, in the order in which they are read fastest. */
  *rowsOf(fold: number): Iterable<number> {
    for (let place = this.#foldStart[fold]!; place < this.#foldStart[fold + 1]!; place++) {
      yield this.features.order?.[place] ?? place;
    }
  }

  /** Writes z of a row of the open fold to `z` (k). */
  scoresInto(row: number, z: Float64Array): void {
    const { ids, values, count } = this.features.at(this.features.placeOf(row));
    scoresInto(this.tables, ids, values, 0, count, z, 0);
  }

  /** What the open fold's scores are made of; of another fold, once that is open. */
  get tables(): ScoreTables {
    return {
      k: this.k,
      start: this.pairs.start,
      classes: this.pairs.classes,
      differences: this.#own,
      logSums: this.#logSums,
      perValue: this.#perValue,
      perRow: this.#perRow,
    };
  }

  /**
   * What each feature of a row of the open fold adds to z of class `a` above z of class `b`. All of
   * them and `classSizes` add up to the difference of both z.
   */
  contributions({ ids, values, count }: FeatureRow, a: number, b: number) {
    const base = this.#perValue[a]! - this.#perValue[b]!;
    const weights = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const own = this.#difference(ids[i]!, a) - this.#difference(ids[i]!, b);
      weights[i] = values[i]! * (base + own);
    }
    return { weights, classSizes: this.#perRow[a]! - this.#perRow[b]! };
  }

  #difference(feature: number, klass: number): number {
    const pair = findPair(this.pairs, feature, klass);
    return pair < 0 ? 0 : this.#own[pair]!;
  }

  /** Reads a row's targets and adds them to the classes' rows; returns their number. */
  #addTarget(row: number, classRows: Float64Array): number {
    const classes = this.#classes;
    const weights = this.#weights;
    const found = this.#options.targets.read(row, classes, weights);
    for (let c = 0; c < found; c++) classRows[classes[c]!]! += weights[c]!;
    return found;
  }

  /**
   * Turns the fold's own counts into what its rows need: differences in z, and ln(C + R + a). Adds
   * them to the classes' sums before. `isHard`: each row of the fold has one target.
   */
  #weigh(classSums: Float64Array, isHard: boolean): void {
    const { start, classes, counts } = this.pairs;
    const own = this.#own;
    const logSums = this.#logSums;
    for (let id = 0; id < logSums.length; id++) {
      const end = start[id + 1]!;
      let sum = 0;
      let ownSum = 0;
      for (let p = start[id]!; p < end; p++) {
        sum += counts[p]!;
        ownSum += own[p]!;
        classSums[classes[p]!]! += own[p]!;
      }
      // No row of the fold has the feature.
      if (ownSum === 0 && isHard) continue;
      const both = atLeast0(sum - ownSum);
      logSums[id] = Math.log(both + ALPHA);
      for (let p = start[id]!; p < end; p++) {
        const count = atLeast0(counts[p]! - own[p]!);
        const rest = atLeast0(both - count);
        own[p] = Math.log(((count + ALPHA) * (both + ALPHA)) / (ALPHA * (rest + ALPHA)));
      }
    }
  }
}

/** Fits a model for each fold. Memory: `naiveBayesMemory`. Throws `cancelled`. */
export async function fitNaiveBayes(
  features: TextFeatures,
  options: NaiveBayesOptions,
): Promise<NaiveBayes> {
  const { targets, k, folds, signal } = options;
  const counted = await countPairs({
    ...{ features, targets, k, folds, foldCount: foldStarts(features, folds).length - 1 },
    eachRow: (use) => eachPlace(features, signal, 0, features.count, use),
  });
  const model = new NaiveBayes(features, options, counted);
  model.count();
  return model;
}

/** Rounding may leave a little less than nothing. */
function atLeast0(value: number): number {
  return Math.max(value, 0);
}
