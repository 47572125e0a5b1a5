import {
  clipProbability,
  type ProbabilityBlock,
  type ProbabilitySource,
} from "@winnow/confident-learning";
import {
  explainRow,
  type ProbabilityLayout,
  probabilityBlocks,
  probabilityLayout,
} from "@winnow/npy";
import { CliError } from "../terminal/failure.js";
import { type ArrayPath, arrayIn, withArray } from "./array-file.js";
import { named } from "./naming.js";

/**
 * A probability source over an npy of float16, float32 or float64: (n, k), or of two classes the
 * probability of class 1 in one column. The file is read again on each pass, block by block; only one
 * block is in memory at a time.
 */
export async function npySource(path: ArrayPath, labels: Int32Array): Promise<ProbabilitySource> {
  const layout = await withArray(path, async ({ header }) =>
    probabilityLayout(header, { rows: labels.length }),
  );
  const { rows, classes, dtype } = layout;
  if (rows !== labels.length) {
    throw new CliError(
      "length-mismatch",
      `${path.file} has ${rows} rows and there are ${labels.length} labels; both must be of the same samples, in the same order.`,
    );
  }
  const third = layout.isSingle ? labels.findIndex((label) => label > 1) : -1;
  if (third >= 0) {
    throw new CliError(
      "wrong-shape",
      `${path.file} has one probability a row, which says enough for two classes only; row ${third} has the label ${labels[third]}.`,
    );
  }
  return { n: rows, k: classes, dtype, blocks: () => blocksOf(path, layout, labels) };
}

async function* blocksOf(
  path: ArrayPath,
  layout: ProbabilityLayout,
  labels: Int32Array,
): AsyncGenerator<ProbabilityBlock, void, void> {
  try {
    const blocks = arrayIn(path, (npy) => probabilityBlocks(npy, layout, { reuseMemory: true }));
    for await (const { start, rows, values } of blocks) {
      requireProbabilities(values, start, layout);
      yield { start, rows, labels: labels.subarray(start, start + rows), probs: values };
    }
  } catch (error) {
    throw named(path.file, error);
  }
}

function requireProbabilities(
  values: Float32Array | Float64Array,
  start: number,
  { classes: k, isSingle }: ProbabilityLayout,
): void {
  for (let at = 0; at < values.length; at++) {
    if (clipProbability(values[at]!) !== undefined) continue;
    const row = Math.floor(at / k);
    const given = values.subarray(row * k + (isSingle ? 1 : 0), (row + 1) * k);
    throw new CliError(
      "invalid-probabilities",
      `row ${start + row}, class ${at % k}: ${values[at]} is no probability. ${explainRow(given)}`,
    );
  }
}
