import type * as tf from "@tensorflow/tfjs-core";
import type { AlbertConfig } from "./config.js";
import { type BatchTensors, type Encoded, type Parameters, weightOf } from "./model.js";
import * as ops from "./ops.js";

/** The classifier's logits (B, C) from what the encoder's tap gave. */
export function headLogits(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  encoded: Encoded,
): tf.Tensor {
  const features = pooled(config, parameters, batch, encoded); // (B, F)
  const kernel = weightOf(parameters, "classifier.kernel"); // (F, C)
  return ops.linear(features, kernel, weightOf(parameters, "classifier.bias")); // (B, C)
}

function pooled(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  encoded: Encoded,
): tf.Tensor {
  const { rows, clsOnly, mapped } = encoded;
  const cls = (): tf.Tensor => (clsOnly ? rows : ops.firstRows(rows, batch.batch, batch.length)); // (B, H)
  switch (config.head.pooling) {
    case "cls":
      if (config.head.tap !== "pooler") return cls();
      return ops.tanh(
        ops.linear(
          cls(),
          weightOf(parameters, "pooler.kernel"),
          weightOf(parameters, "pooler.bias"),
        ),
      ); // (B, H)
    case "cls-mean-embedding":
      return ops.beside(cls(), ops.weightedRows(mapped, batch.means, batch.batch, batch.length)); // (B, 2 H)
    case "mean":
      return ops.weightedRows(rows, batch.means, batch.batch, batch.length); // (B, H)
    case "cnn":
      throw new Error("The cnn pooling has no kernels yet.");
  }
}
