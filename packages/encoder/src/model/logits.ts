import type * as tf from "@tensorflow/tfjs-core";
import type { BatchTensors } from "./batch-tensors.js";
import type { AlbertConfig } from "./config.js";
import { encode, type ForwardOptions, type Parameters } from "./forward.js";
import { headLogits } from "./head.js";

/** Logits of a batch: (B, C). Differentiable in the parameters; call inside `tf.tidy`. */
export function logits(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  options: ForwardOptions = {},
): tf.Tensor {
  return headLogits(config, parameters, batch, encode(config, parameters, batch, options));
}
