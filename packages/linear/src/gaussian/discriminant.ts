import { factor, solve } from "./cholesky.js";
import type { ClassSums } from "./class-sums.js";
import type { FoldGrams } from "./grams.js";
import { addProducts } from "./products.js";

/** A fold's model: z[i][k] = V[i] . weights[k] + constants[k]. */
export interface Discriminant {
  readonly weights: Float64Array; // (k, d)
  readonly constants: Float64Array; // (k)
}

/**
 * One Gaussian a class with a covariance that all share, from the rows of all folds but one:
 *
 *     S = (V'V - sum_k c[k] m[k] m[k]') / sum c,  S_l = S + l tr(S)/d I
 *     z[k] = v . S_l^-1 m[k] - m[k] . S_l^-1 m[k] / 2 + ln(c[k] / sum c)
 */
export class FoldGaussian {
  readonly #d: number;
  readonly #c: Float64Array;
  readonly #m: Float64Array; // (k, d)
  readonly #total: number;
  /** The lower triangle, (d, d). */
  readonly #covariance: Float64Array;

  constructor(grams: FoldGrams, sums: ClassSums, fold: number) {
    const { k, d } = sums;
    const { c, m } = sums.without(fold);
    this.#d = d;
    this.#c = c;
    this.#m = m;
    this.#total = c.reduce((sum, weight) => sum + weight, 0);
    const covariance = new Float64Array(d * d);
    grams.without(fold, covariance);
    // By column of m: rows of the products below.
    const scaled = new Float64Array(d * k);
    const negative = new Float64Array(d * k);
    for (let i = 0; i < k; i++) {
      const root = Math.sqrt(c[i]!);
      for (let t = 0; t < d; t++) {
        scaled[t * k + i] = root * m[i * d + t]!;
        negative[t * k + i] = -scaled[t * k + i]!;
      }
    }
    const rows = (values: Float64Array) => ({ values, at: 0, stride: k });
    addProducts(rows(negative), d, rows(scaled), d, k, { values: covariance, at: 0, stride: d });
    for (let i = 0; i < covariance.length; i++) covariance[i]! /= this.#total;
    this.#covariance = covariance;
  }

  /** The model with a ridge l of that many mean variances. */
  with(ridge: number): Discriminant {
    const d = this.#d;
    const s = this.#covariance.slice();
    let trace = 0;
    for (let t = 0; t < d; t++) trace += s[t * d + t]!;
    // Without any variance the vectors say nothing, and no ridge is a share of it.
    const added = trace > 0 ? (ridge * trace) / d : 1;
    for (let t = 0; t < d; t++) s[t * d + t]! += added;
    factor(s, d);
    const weights = this.#m.slice();
    solve(s, d, weights);
    const constants = this.#c.map((weight, i) => {
      let product = 0;
      for (let t = i * d; t < (i + 1) * d; t++) product += this.#m[t]! * weights[t]!;
      return Math.log(weight / this.#total) - product / 2;
    });
    return { weights, constants };
  }
}
