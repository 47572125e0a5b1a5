import type { Targets } from "../naive-bayes/targets.js";
import { ProductThreads } from "./product-threads.js";
import { blocksOf, type Standard, type VectorSource } from "./vectors.js";

export interface ClassSumOptions {
  readonly source: VectorSource;
  readonly standard: Standard;
  readonly targets: Targets;
  readonly k: number;
  readonly folds: ArrayLike<number>;
  readonly foldCount: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((rows: number) => void) | undefined;
}

const BLOCK = 2048;

/** By fold and class: the weight of the rows, (folds, k), and their weighted sum, (folds, k, d). */
export class ClassSums {
  constructor(
    readonly foldCount: number,
    readonly k: number,
    readonly d: number,
    readonly weights = ProductThreads.shared(foldCount * k),
    readonly sums = ProductThreads.shared(foldCount * k * d),
  ) {}

  /** c (k) and the means m (k, d) of all folds but one; a class without rows has the mean 0. */
  without(fold: number): { c: Float64Array; m: Float64Array } {
    const { k, d, foldCount, weights, sums } = this;
    const c = new Float64Array(k);
    const m = new Float64Array(k * d);
    for (let v = 0; v < foldCount; v++) {
      if (v === fold) continue;
      for (let i = 0; i < k; i++) c[i]! += weights[v * k + i]!;
      for (let i = 0; i < m.length; i++) m[i]! += sums[v * k * d + i]!;
    }
    for (let i = 0; i < k; i++) {
      const factor = c[i]! > 0 ? 1 / c[i]! : 0;
      for (let t = 0; t < d; t++) m[i * d + t]! *= factor;
      c[i] = Math.max(c[i]!, SMALLEST_WEIGHT);
    }
    return { c, m };
  }
}

const SMALLEST_WEIGHT = 1e-9;

/** Reads the rows once and adds them up by fold and by the classes that they teach. */
export async function classSums(options: ClassSumOptions): Promise<ClassSums> {
  const { source, standard, targets, k, folds, foldCount, signal, onProgress } = options;
  const { d } = source;
  const all = new ClassSums(foldCount, k, d);
  const row = new Float64Array(d);
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  for await (const { start, rows, values } of blocksOf(source, BLOCK, signal)) {
    for (let i = 0; i < rows; i++) {
      standard.write(values, i * d, row, 0, 1);
      const first = folds[start + i]! * k;
      const found = targets.read(start + i, classes, weights);
      for (let e = 0; e < found; e++) {
        const weight = weights[e]!;
        const at = first + classes[e]!;
        all.weights[at]! += weight;
        for (let t = 0, to = at * d; t < d; t++) all.sums[to + t]! += weight * row[t]!;
      }
    }
    onProgress?.(start + rows);
  }
  return all;
}
