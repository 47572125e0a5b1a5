import * as tf from "@tensorflow/tfjs-core";
import { softmaxInto } from "@winnow/numeric";
import { EncoderError } from "../../errors.js";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { AlbertConfig } from "../../model/config.js";
import type { Parameters } from "../../model/forward.js";
import { logits } from "../../model/logits.js";
import { byLength, gatherBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";

/** How prediction runs; `pause` yields to the caller's event loop between batches. */
export interface PredictOptions {
  batchSize?: number;
  signal?: AbortSignal | undefined;
  pause?: () => Promise<void>;
}

/**
 * Class probabilities of texts: (rows, C) in the order of `rows`, each row a float32 softmax that
 * sums to 1. A batch holds texts of similar length; which texts share one changes a row only by
 * float32 rounding. Throws `training-diverged` for logits that are not finite, `cancelled` when
 * aborted.
 */
export async function predictProbabilities(
  config: AlbertConfig,
  parameters: Parameters,
  tokens: TokenTable,
  rows: Int32Array,
  options: PredictOptions = {},
): Promise<Float32Array> {
  const classes = parameters["classifier.bias"]!.size;
  const probabilities = new Float32Array(rows.length * classes);
  const places = Int32Array.from(rows.keys());
  const inOrder: TokenTable = selectTexts(tokens, rows);
  for (const batchPlaces of byLength(places, inOrder, options.batchSize ?? 256)) {
    if (options.signal?.aborted) throw new EncoderError("cancelled", "Prediction was cancelled.");
    const batch = batchTensors(gatherBatch(inOrder, batchPlaces), config);
    const output = tf.tidy(() => logits(config, parameters, batch)); // (B, C)
    const values = (await output.data()) as Float32Array;
    output.dispose();
    disposeBatch(batch);
    batchPlaces.forEach((place, b) => {
      const row = values.subarray(b * classes, (b + 1) * classes);
      const out = probabilities.subarray(place * classes, (place + 1) * classes);
      if (!softmaxInto(row, out)) {
        throw new EncoderError(
          "training-diverged",
          "The model's outputs are no longer finite numbers; train with a lower learningRate.",
        );
      }
    });
    await options.pause?.();
  }
  return probabilities;
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
