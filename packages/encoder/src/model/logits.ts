import * as tf from "@tensorflow/tfjs-core";
import type { DropoutMasks } from "../operations/dropout.js";
import { eagerOperations } from "../operations/eager.js";
import type { BatchTensors } from "./batch-tensors.js";
import type { EncoderConfig } from "./config.js";
import { type ActivationsOf, encode, type ForwardOptions, type ParametersOf } from "./forward.js";
import { headLogits } from "./head.js";

/** Weights on the backend, by the names of `parameterShapes`. */
export type Parameters = ParametersOf<tf.Tensor>;

/** Activations on the backend, which the caller disposes. */
export type Activations = ActivationsOf<tf.Tensor>;

/** How an eager forward pass runs: `masks` drops activations (null = none). */
export interface EagerOptions extends ForwardOptions<tf.Tensor> {
  masks?: DropoutMasks | null;
}

/** Logits of a batch: (B, C). Differentiable in the parameters; call inside `tf.tidy`. */
export function logits(
  config: EncoderConfig,
  parameters: Parameters,
  batch: BatchTensors,
  options: EagerOptions = {},
): tf.Tensor {
  const operations = eagerOperations(batch, options.masks ?? null);
  const keep = (x: tf.Tensor) => tf.keep(tf.clone(x));
  const encoded = encode(config, parameters, operations, { ...options, keep });
  return headLogits(config, parameters, operations, encoded);
}

/** Every row of the head's block, (B * S, H): for heads other than the classifier. */
export function encodedRows(
  config: EncoderConfig,
  parameters: Parameters,
  batch: BatchTensors,
  masks: DropoutMasks | null,
): tf.Tensor {
  return encode(config, parameters, eagerOperations(batch, masks), { everyRow: true }).rows;
}
