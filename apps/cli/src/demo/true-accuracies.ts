import { createReadStream } from "node:fs";
import { allItems, type Client } from "@winnow/client";
import type { Dataset } from "@winnow/contracts";
import { readNpyFloats, readNpyIntegers } from "@winnow/npy";
import type { DemoFiles } from "./save-results.js";

/** Reading the samples of larger datasets takes minutes, for a single figure. */
const MAX_ROWS = 100_000;

/**
 * Held-out accuracy against the true labels, over all rows and by fold: the argmax of the saved
 * probabilities against the samples' true labels. Null where there are none, or too many rows.
 */
export async function trueAccuracies(
  client: Client,
  dataset: Dataset,
  files: DemoFiles,
  signal: AbortSignal,
): Promise<{ all: number; byFold: ReadonlyMap<number, number> } | null> {
  if (!dataset.hasTrueLabels || dataset.rows === null || dataset.rows > MAX_ROWS) return null;
  const truth = await trueClasses(client, dataset.id, signal);
  const folds = await readNpyIntegers(createReadStream(files.folds));
  const { shape, values } = await readNpyFloats(createReadStream(files.probabilities));
  const k = shape[1] ?? 0;
  const rows = new Map<number, number>();
  const right = new Map<number, number>();
  truth.forEach((trueClass, row) => {
    if (trueClass === undefined) return;
    const fold = folds[row] ?? 0;
    const probs = values.subarray(row * k, (row + 1) * k);
    const isRight = probs.indexOf(Math.max(...probs)) === trueClass;
    rows.set(fold, (rows.get(fold) ?? 0) + 1);
    right.set(fold, (right.get(fold) ?? 0) + (isRight ? 1 : 0));
  });
  const sum = (counts: ReadonlyMap<number, number>) =>
    [...counts.values()].reduce((a, b) => a + b, 0);
  if (sum(rows) === 0) return null;
  return {
    all: sum(right) / sum(rows),
    byFold: new Map([...rows].map(([fold, all]) => [fold, (right.get(fold) ?? 0) / all])),
  };
}

/** The class index of each sample's true label in input order; undefined where it has none. */
async function trueClasses(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const asked = { params: { id }, signal };
  const index = new Map<string, number>();
  for await (const one of allItems(client, "listDatasetClasses", asked)) {
    index.set(one.name, one.index);
  }
  const truth: (number | undefined)[] = [];
  for await (const { ordinal, trueLabel } of allItems(client, "listSamples", asked)) {
    truth[ordinal] = trueLabel === null ? undefined : index.get(trueLabel);
  }
  return truth;
}
