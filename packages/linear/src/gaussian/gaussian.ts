import type { Targets } from "../naive-bayes/targets.js";
import { fitTemperature, logLoss } from "../naive-bayes/temperature.js";
import { type ClassSums, classSums } from "./class-sums.js";
import { FoldGaussian } from "./discriminant.js";
import { foldCount } from "./fold-rows.js";
import { type FoldGrams, foldGrams } from "./grams.js";
import { addProducts } from "./products.js";
import { type Sample, sampleOf } from "./sample.js";
import { type ScoreBlock, scoreBlocks } from "./score-blocks.js";
import { Standard, type VectorSource } from "./vectors.js";

export type { ClassSums } from "./class-sums.js";

export interface GaussianOptions {
  readonly vectors: VectorSource;
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  readonly k: number;
  /** The fold that judges each row, (n). */
  readonly folds: Uint8Array;
  /** Threads for sums of products; 1: this one. The result does not depend on it. */
  readonly threads?: number | undefined;
  /** Below so many products one thread does them. */
  readonly fewProducts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the rows read, of those that all passes read together. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Ridges that are tried, as shares of the mean variance. */
export const RIDGES = [0.03, 0.1, 0.3, 1, 3, 10] as const;

/** What the choice of a ridge found: the log loss of each of `RIDGES`, and the ridge of the least. */
export interface RidgeChoice {
  readonly ridge: number;
  readonly losses: readonly number[];
}

/** Below so many products threads take longer to start than they save. */
const FEW_PRODUCTS = 1e9;

/**
 * Gaussians of classes with one covariance over standardised vectors, by folds: sums of all rows, of
 * which a fold's own are left out (docs/explanation/methods.md). The vectors are read several times,
 * block by block; memory is for the folds' sums, and a sample of rows to choose the ridge by.
 */
export class Gaussian {
  readonly #options: GaussianOptions;
  readonly #standard: Standard;
  readonly #grams: FoldGrams;
  readonly #sample: Sample;
  readonly #folds: number;

  /** Use `Gaussian.over`. */
  constructor(
    options: GaussianOptions,
    standard: Standard,
    grams: FoldGrams,
    sample: Sample,
    folds: number,
  ) {
    this.#options = options;
    this.#standard = standard;
    this.#grams = grams;
    this.#sample = sample;
    this.#folds = folds;
  }

  /** Reads the vectors three times. Throws `invalid-vectors`, `cancelled`. */
  static async over(options: GaussianOptions): Promise<Gaussian> {
    const { vectors: source, folds, k, signal } = options;
    const standard = await Standard.of(source, signal);
    const count = foldCount(folds);
    const { n, d } = source;
    const threads = threadsFor((n * d * d) / 2, options);
    const grams = await foldGrams({ ...options, source, standard, foldCount: count, threads });
    const sample = await sampleOf(source, standard, { folds, foldCount: count, k }, signal);
    return new Gaussian(options, standard, grams, sample, count);
  }

  /** Adds up the vectors by what their rows teach. Reads the vectors once. */
  learn(targets: Targets): Promise<ClassSums> {
    const { vectors: source } = this.#options;
    const standard = this.#standard;
    return classSums({ ...this.#options, source, standard, targets, foldCount: this.#folds });
  }

  /** The ridge of the least held-out log loss against the given labels, each after its temperature. */
  chooseRidge(sums: ClassSums): RidgeChoice {
    const { k, labels } = this.#options;
    const given = Int32Array.from(this.#sample.rows, (row) => labels[row]!);
    const scores = this.#sampleScores(sums, RIDGES);
    const losses = scores.map((z) => {
      const rows = { scores: z, labels: given, k };
      return logLoss(rows, fitTemperature(rows));
    });
    return { ridge: RIDGES[losses.indexOf(Math.min(...losses))]!, losses };
  }

  /** The temperature of the sampled rows. */
  temperature(sums: ClassSums, ridge: number): number {
    const { k, labels } = this.#options;
    const given = Int32Array.from(this.#sample.rows, (row) => labels[row]!);
    return fitTemperature({ scores: this.#sampleScores(sums, [ridge])[0]!, labels: given, k });
  }

  /** Scores of every row in order, by the model that did not learn from it. Reads the vectors once. */
  scores(sums: ClassSums, ridge: number): AsyncGenerator<ScoreBlock> {
    const { vectors: source, folds, k, signal } = this.#options;
    const models = Array.from({ length: this.#folds }, (_, fold) =>
      new FoldGaussian(this.#grams, sums, fold).with(ridge),
    );
    const threads = threadsFor(source.n * source.d * k, this.#options);
    return scoreBlocks({ source, standard: this.#standard, folds, models, k, threads, signal });
  }

  /** z (rows, k) of the sampled rows for each ridge. */
  #sampleScores(sums: ClassSums, ridges: readonly number[]): Float64Array[] {
    const { k, vectors } = this.#options;
    const { d } = vectors;
    const { rows, start, values } = this.#sample;
    const scores = ridges.map(() => new Float64Array(rows.length * k));
    for (let fold = 0; fold < this.#folds; fold++) {
      const gaussian = new FoldGaussian(this.#grams, sums, fold);
      const [from, to] = [start[fold]!, start[fold + 1]!];
      ridges.forEach((ridge, r) => {
        const { weights, constants } = gaussian.with(ridge);
        const z = scores[r]!;
        for (let place = from; place < to; place++) z.set(constants, place * k);
        const own = { values, at: from * d, stride: d };
        const out = { values: z, at: from * k, stride: k };
        addProducts(own, to - from, { values: weights, at: 0, stride: d }, k, d, out);
      });
    }
    return scores;
  }
}

function threadsFor(
  products: number,
  { threads = 1, fewProducts = FEW_PRODUCTS }: GaussianOptions,
) {
  return products > fewProducts ? threads : 1;
}
