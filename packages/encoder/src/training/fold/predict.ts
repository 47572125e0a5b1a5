import { EncoderError } from "../../errors.js";
import { byLength, gatherBatch, type TokenBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { FoldRows } from "./fold-rows.js";

/** How prediction runs; `pause` yields to the caller's event loop between batches. */
export interface PredictOptions {
  batchSize?: number;
  signal?: AbortSignal | undefined;
  pause?: () => Promise<void>;
}

/**
 * Class probabilities of texts: (rows, C) in the order of `rows`, each row a float32 softmax that sums to
 * 1. A batch holds texts of similar length; which texts share one changes a row only by float32
 * rounding. Throws `training-diverged` for a row that does not sum to 1, as after logits that are not
 * finite, and `cancelled` when aborted.
 */
export async function predictProbabilities(
  predict: (batch: TokenBatch) => Promise<Float32Array>,
  classes: number,
  tokens: TokenTable,
  rows: Int32Array,
  options: PredictOptions = {},
): Promise<Float32Array> {
  const probabilities = new Float32Array(rows.length * classes);
  const places = Int32Array.from(rows.keys());
  const inOrder: TokenTable = selectTexts(tokens, rows);
  for (const batchPlaces of byLength(places, inOrder, options.batchSize ?? 256)) {
    if (options.signal?.aborted) throw new EncoderError("cancelled", "Prediction was cancelled.");
    const values = await predict(gatherBatch(inOrder, batchPlaces)); // (B, C)
    batchPlaces.forEach((place, b) => {
      const row = values.subarray(b * classes, (b + 1) * classes);
      if (!sumsToOne(row)) {
        throw new EncoderError(
          "training-diverged",
          "The model's outputs are no longer finite numbers; train with a lower learningRate.",
        );
      }
      probabilities.set(row, place * classes);
    });
    await options.pause?.();
  }
  return probabilities;
}

/** Those of a fold's held-out rows, (held-out rows, C), shard by shard. */
export async function heldOutProbabilities(
  predict: (batch: TokenBatch) => Promise<Float32Array>,
  rows: FoldRows,
  classes: number,
  options: PredictOptions,
): Promise<Float32Array> {
  const probabilities = new Float32Array(rows.testLabels.length * classes);
  for (const index of rows.texts.keys()) {
    const { tokens, testIndices, testPlaces } = await rows.readShard(index);
    const own = await predictProbabilities(predict, classes, tokens, testIndices, options);
    testPlaces.forEach((place, i) => {
      probabilities.set(own.subarray(i * classes, (i + 1) * classes), place * classes);
    });
  }
  return probabilities;
}

/** False for NaN too: what a softmax makes of logits that are not finite. */
function sumsToOne(row: Float32Array): boolean {
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += row[c]!;
  return Math.abs(sum - 1) < 1e-3;
}

/** A table of the chosen texts: row i is text `rows[i]`. */
export function selectTexts(tokens: TokenTable, rows: Int32Array): TokenTable {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => {
    const pieces = tokens.offsets[row + 1]! - tokens.offsets[row]!;
    offsets[i + 1] = offsets[i]! + pieces;
  });
  const ids = new Int32Array(offsets[rows.length]!);
  rows.forEach((row, i) => {
    ids.set(tokens.ids.subarray(tokens.offsets[row], tokens.offsets[row + 1]), offsets[i]);
  });
  return { ids, offsets };
}
