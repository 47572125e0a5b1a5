import { ConfidentLearningError } from "../errors.js";
import type { ProbabilityBlock, ProbabilitySource } from "./source.js";

/** One fold's rows as a source of their own; `rows[i]` is the index of its row i among all rows. */
export interface FoldSource {
  readonly fold: number;
  readonly rows: Int32Array;
  readonly source: ProbabilitySource;
}

/** Splits a source into one source per fold; each read of a fold reads the whole source. */
export function splitByFold(source: ProbabilitySource, folds: ArrayLike<number>): FoldSource[] {
  if (folds.length !== source.n) {
    const message = `${source.n} rows and ${folds.length} folds; every row needs one`;
    throw new ConfidentLearningError("length-mismatch", message);
  }
  const places = new Map<number, number[]>();
  for (let i = 0; i < folds.length; i++) {
    const fold = folds[i]!;
    const rows = places.get(fold);
    if (rows === undefined) places.set(fold, [i]);
    else rows.push(i);
  }
  return [...places.keys()]
    .sort((a, b) => a - b)
    .map((fold) => {
      const rows = Int32Array.from(places.get(fold) ?? []);
      return { fold, rows, source: foldSource(source, folds, fold, rows.length) };
    });
}

function foldSource(
  source: ProbabilitySource,
  folds: ArrayLike<number>,
  fold: number,
  n: number,
): ProbabilitySource {
  const { k, dtype } = source;
  return {
    n,
    k,
    dtype,
    async *blocks() {
      let start = 0;
      for await (const block of source.blocks()) {
        const part = rowsOfFold(block, folds, fold, start, k);
        if (part.rows > 0) yield part;
        start += part.rows;
      }
    },
  };
}

function rowsOfFold(
  block: ProbabilityBlock,
  folds: ArrayLike<number>,
  fold: number,
  start: number,
  k: number,
): ProbabilityBlock {
  const labels = new Int32Array(block.rows);
  const probs =
    block.probs instanceof Float32Array
      ? new Float32Array(block.rows * k)
      : new Float64Array(block.rows * k);
  let rows = 0;
  for (let i = 0; i < block.rows; i++) {
    if (folds[block.start + i] !== fold) continue;
    labels[rows] = block.labels[i]!;
    probs.set(block.probs.subarray(i * k, (i + 1) * k), rows * k);
    rows += 1;
  }
  return { start, rows, labels: labels.subarray(0, rows), probs: probs.subarray(0, rows * k) };
}
