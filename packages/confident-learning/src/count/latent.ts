import type { Semantics } from "../input/options.js";
import { toRows } from "./joint.js";

/** The latent prior and the noise matrices that follow from the joint. */
export interface LatentEstimates {
  /** P(true = k), k numbers. */
  readonly prior: number[];
  /** (k, k), row = given, column = true: P(given | true); columns sum to 1. */
  readonly noiseMatrix: number[][];
  /** (k, k), row = true, column = given: P(true | given); columns sum to 1. */
  readonly inverseNoiseMatrix: number[][];
}

/**
 * The distributions behind a calibrated confident joint (k, k), row = given, over n rows. For a
 * true class that no row was guessed for they are unknown: NaN in 1.0.1, 0 in cleanlab 2.
 */
export function latentEstimates(
  joint: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  n: number,
  semantics: Semantics = "cleanlab-1.0.1",
): LatentEstimates {
  const k = classCounts.length;
  const rowSums = new Float64Array(k);
  const columnSums = new Float64Array(k);
  for (let s = 0; s < k; s++) {
    for (let j = 0; j < k; j++) {
      rowSums[s]! += joint[s * k + j]!;
      columnSums[j]! += joint[s * k + j]!;
    }
  }
  const unknown = semantics === "cleanlab-2" ? 0 : Number.NaN;
  const noise = new Float64Array(k * k);
  const inverse = new Float64Array(k * k);
  for (let s = 0; s < k; s++) {
    for (let j = 0; j < k; j++) {
      const count = joint[s * k + j]!;
      noise[s * k + j] = columnSums[j] === 0 ? unknown : count / columnSums[j]!;
      inverse[j * k + s] = rowSums[s] === 0 ? unknown : count / rowSums[s]!;
    }
  }
  const smallest = semantics === "cleanlab-2" ? 1e-6 : 1e-5;
  const prior = Array.from({ length: k }, (_, c) => {
    const forward = noise[c * k + c]!;
    const p = forward === 0 ? 0 : (inverse[c * k + c]! / forward) * (classCounts[c]! / n);
    return Math.min(Math.max(p, smallest), 1);
  });
  const total = prior.reduce((a, b) => a + b);
  clipColumns(noise, k);
  clipColumns(inverse, k);
  return {
    prior: prior.map((p) => p / total),
    noiseMatrix: toRows(noise, k),
    inverseNoiseMatrix: toRows(inverse, k),
  };
}

function clipColumns(matrix: Float64Array, k: number): void {
  for (let column = 0; column < k; column++) {
    let sum = 0;
    for (let row = 0; row < k; row++) {
      const at = row * k + column;
      if (row !== column) matrix[at] = Math.min(Math.max(matrix[at]!, 0), 0.9999);
      sum += matrix[at]!;
    }
    if (sum === 0) continue;
    for (let row = 0; row < k; row++) matrix[row * k + column]! /= sum;
  }
}
