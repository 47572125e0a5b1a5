import { createHash } from "node:crypto";
import { readProbabilityBlocks } from "../cross-validations/probabilities.js";
import type { Store } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { streamQuery } from "../database/stream-query.js";
import { classNames, datasetKeyOf } from "../datasets/datasets.js";
import { readyPruning } from "../prunings/prunings.js";

const BATCH_ROWS = 2_000;

/** SHA-256 of a dataset's class names, and of every row's label and text in order. One pass. */
export async function hashContents(
  store: Store,
  datasetId: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify(await classNames(store, datasetId))}\n`);
  const key = await datasetKeyOf(store, datasetId);
  const rows = streamQuery<{ class_index: number; text: string }>(store, {
    text: `SELECT class_index, text FROM ${partitionOf("samples", key)} ORDER BY dataset_key, ordinal`,
    values: [],
    batchRows: BATCH_ROWS,
  });
  for await (const { class_index, text } of rows) {
    signal.throwIfAborted();
    hash.update(`${JSON.stringify([class_index, text])}\n`);
  }
  return hash.digest("hex");
}

/** SHA-256 of a finished run's folds, a byte a row, and of its probabilities, float32. One pass. */
export async function hashRun(
  store: Store,
  { id, classes }: { readonly id: string; readonly classes: number },
  signal: AbortSignal,
): Promise<{ split: string; probabilities: string }> {
  const split = createHash("sha256");
  const probabilities = createHash("sha256");
  for await (const { folds, probs } of readProbabilityBlocks(store, id, classes)) {
    signal.throwIfAborted();
    split.update(folds);
    probabilities.update(new Uint8Array(probs.buffer, probs.byteOffset, probs.byteLength));
  }
  return { split: split.digest("hex"), probabilities: probabilities.digest("hex") };
}

/** SHA-256 of a finished pruning's flags in their order. Throws `pruning-not-finished`. */
export async function hashFlags(store: Store, id: string, signal: AbortSignal): Promise<string> {
  const { row } = await readyPruning(store, id);
  const hash = createHash("sha256");
  const flags = streamQuery<Record<string, unknown>>(store, {
    text: `SELECT rank, ordinal, given, suggested, fold, self_confidence, normalized_margin,
        error_probability, suggested_probability, stability
      FROM flags WHERE pruning_key = $1 ORDER BY rank`,
    values: [row.key],
    batchRows: BATCH_ROWS,
  });
  for await (const flag of flags) {
    signal.throwIfAborted();
    hash.update(`${JSON.stringify(Object.values(flag))}\n`);
  }
  return hash.digest("hex");
}
