import { ClassSums } from "./class-sums.js";
import { FoldGaussian } from "./discriminant.js";
import { FoldGrams } from "./grams.js";
import { addProducts } from "./products.js";

/** What the models of folds are made of and where they are written, in memory that threads share. */
export interface FoldModels {
  readonly d: number;
  readonly k: number;
  readonly folds: number;
  readonly ridges: readonly number[];
  readonly grams: Float64Array;
  readonly classWeights: Float64Array;
  readonly classSums: Float64Array;
  /** By fold and ridge: weights (k, d) and constants (k). */
  readonly models: Float64Array | null;
  /** Rows whose scores are wanted, fold after fold, and z (ridges, rows, k). */
  readonly scored: {
    /** (folds + 1). */
    readonly start: Int32Array;
    readonly values: Float64Array; // (rows, d)
    readonly z: Float64Array;
  } | null;
}

/** Numbers of a model. */
export const modelCells = (k: number, d: number): number => k * d + k;

/** Writes a fold's models of all ridges, or what they say of its rows. */
export function solveFold(all: FoldModels, fold: number): void {
  const { d, k, folds, ridges, grams, classWeights, classSums, models, scored } = all;
  const sums = new ClassSums(folds, k, d, classWeights, classSums);
  const gaussian = new FoldGaussian(new FoldGrams(d, folds, grams), sums, fold);
  ridges.forEach((ridge, r) => {
    const { weights, constants } = gaussian.with(ridge);
    if (models !== null) {
      const at = (fold * ridges.length + r) * modelCells(k, d);
      models.set(weights, at);
      models.set(constants, at + k * d);
    }
    if (scored === null) return;
    const [from, to] = [scored.start[fold]!, scored.start[fold + 1]!];
    const z = scored.z.subarray(r * scored.start[folds]! * k);
    for (let place = from; place < to; place++) z.set(constants, place * k);
    const own = { values: scored.values, at: from * d, stride: d };
    const out = { values: z, at: from * k, stride: k };
    addProducts(own, to - from, { values: weights, at: 0, stride: d }, k, d, out);
  });
}
