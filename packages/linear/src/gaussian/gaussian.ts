import type { Targets } from "../naive-bayes/targets.js";
import { fitTemperature, type LabelledScores, logLoss } from "../naive-bayes/temperature.js";
import { type ClassSums, classSums } from "./class-sums.js";
import type { Discriminant } from "./discriminant.js";
import { type FoldModels, modelCells } from "./fold-models.js";
import { foldCount } from "./fold-rows.js";
import { solveFolds } from "./fold-threads.js";
import { type FoldGrams, foldGrams } from "./grams.js";
import { ProductThreads } from "./product-threads.js";
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

/** Numbers of all ridges' models that are kept once a ridge is chosen, 8 MB. */
const MOST_KEPT = 1 << 20;

/** What choosing a ridge computed of each of `RIDGES`. */
interface Tried {
  readonly sums: ClassSums;
  readonly temperatures: readonly number[];
  /** By fold and ridge (fold-models.ts); null: too many to keep. */
  readonly models: Float64Array | null;
}

/** Below so many products threads take longer to start than they save. */
const FEW_PRODUCTS = 1e8;

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
  #tried: Tried | undefined;

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
    const how = { ...this.#options, onProgress: undefined };
    return classSums({ ...how, source, standard, targets, foldCount: this.#folds });
  }

  /** The ridge of the least held-out log loss against the given labels, each after its temperature. */
  async chooseRidge(sums: ClassSums): Promise<RidgeChoice> {
    const { k, vectors } = this.#options;
    const cells = this.#folds * RIDGES.length * modelCells(k, vectors.d);
    const models = cells > MOST_KEPT ? null : ProductThreads.shared(cells);
    const scores = await this.#sampleScores(sums, RIDGES, models);
    const temperatures = scores.map(fitTemperature);
    this.#tried = { sums, temperatures, models };
    const losses = scores.map((rows, r) => logLoss(rows, temperatures[r]!));
    return { ridge: RIDGES[losses.indexOf(Math.min(...losses))]!, losses };
  }

  /** The temperature of the sampled rows. */
  async temperature(sums: ClassSums, ridge: number): Promise<number> {
    const tried = this.#triedOf(sums, ridge);
    if (tried !== undefined) return tried.temperatures[tried.place]!;
    return fitTemperature((await this.#sampleScores(sums, [ridge], null))[0]!);
  }

  /** Scores of every row in order, by the model that did not learn from it. Reads the vectors once. */
  async *scores(sums: ClassSums, ridge: number): AsyncGenerator<ScoreBlock> {
    const { vectors: source, folds, k, signal } = this.#options;
    const { d } = source;
    const models = await this.#models(sums, ridge);
    const threads = threadsFor(source.n * d * k, this.#options);
    yield* scoreBlocks({ source, standard: this.#standard, folds, models, k, threads, signal });
  }

  /** Each fold's model: kept since the ridge was chosen, or solved. */
  async #models(sums: ClassSums, ridge: number): Promise<Discriminant[]> {
    const { k, vectors } = this.#options;
    const size = modelCells(k, vectors.d);
    const tried = this.#triedOf(sums, ridge);
    let models = tried?.models;
    if (!models) {
      models = ProductThreads.shared(this.#folds * size);
      await this.#solve(sums, [ridge], { models, scored: null });
    }
    const [ridges, place] = tried?.models ? [RIDGES.length, tried.place] : [1, 0];
    return Array.from({ length: this.#folds }, (_, fold) => {
      const at = (fold * ridges + place) * size;
      const own = models.subarray(at, at + size);
      return { weights: own.subarray(0, k * vectors.d), constants: own.subarray(k * vectors.d) };
    });
  }

  #triedOf(sums: ClassSums, ridge: number): (Tried & { readonly place: number }) | undefined {
    const place = (RIDGES as readonly number[]).indexOf(ridge);
    return place >= 0 && this.#tried?.sums === sums ? { ...this.#tried, place } : undefined;
  }

  /** z (rows, k) of the sampled rows for each ridge, with their given labels; `models` gets the models. */
  async #sampleScores(
    sums: ClassSums,
    ridges: readonly number[],
    models: Float64Array | null,
  ): Promise<LabelledScores[]> {
    const { k, labels } = this.#options;
    const { rows, start, values } = this.#sample;
    const cells = rows.length * k;
    const z = ProductThreads.shared(ridges.length * cells);
    await this.#solve(sums, ridges, { models, scored: { start, values, z } });
    const given = Int32Array.from(rows, (row) => labels[row]!);
    return ridges.map((_, r) => {
      return { scores: z.subarray(r * cells, (r + 1) * cells), labels: given, k };
    });
  }

  #solve(
    sums: ClassSums,
    ridges: readonly number[],
    out: Pick<FoldModels, "models" | "scored">,
  ): Promise<void> {
    const { k, vectors, signal } = this.#options;
    const { d } = vectors;
    const folds = this.#folds;
    const threads = threadsFor((folds * ridges.length * d ** 3) / 3, this.#options);
    const [grams, classWeights, classSums] = [this.#grams.values, sums.weights, sums.sums];
    const all = { d, k, folds, ridges, grams, classWeights, classSums, ...out };
    return solveFolds(all, threads, signal);
  }
}

function threadsFor(
  products: number,
  { threads = 1, fewProducts = FEW_PRODUCTS }: GaussianOptions,
) {
  return products > fewProducts ? threads : 1;
}
