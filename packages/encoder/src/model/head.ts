import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../operations/dense.js";
import { scaleBy, sum, tanh } from "../operations/elementwise.js";
import { beside, firstRows, sumOfRows, weightedRows } from "../operations/rows.js";
import { maxOverTime, windows } from "../operations/windows.js";
import type { BatchTensors } from "./batch-tensors.js";
import type { AlbertConfig } from "./config.js";
import { type Encoded, type Parameters, weightOf } from "./forward.js";
import { CNN_WIDTHS } from "./parameters.js";

/** The classifier's logits (B, C) from what the encoder's tap returned. */
export function headLogits(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  encoded: Encoded,
): tf.Tensor {
  const features = pooled(config, parameters, batch, encoded); // (B, F)
  const deep = dense(features, parameters, "classifier"); // (B, C)
  if (batch.ngrams === null) return deep;
  const wide = sumOfRows(weightOf(parameters, "wide"), batch.ngrams, batch.batch); // (B, C)
  return sum(deep, wide); // (B, C)
}

function pooled(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  encoded: Encoded,
): tf.Tensor {
  const { rows, clsOnly, mapped } = encoded;
  const cls = (): tf.Tensor => (clsOnly ? rows : firstRows(rows, batch.batch, batch.length)); // (B, H)
  switch (config.head.pooling) {
    case "cls":
      return config.head.tap === "pooler" ? tanh(dense(cls(), parameters, "pooler")) : cls(); // (B, H)
    case "cls-mean-embedding":
      return beside(cls(), weightedRows(mapped, batch.means, batch.batch, batch.length)); // (B, 2 H)
    case "mean":
      return weightedRows(rows, batch.means, batch.batch, batch.length); // (B, H)
    case "cnn":
      return convolved(rows, parameters, batch); // (B, 3 F)
  }
}

/** Convolutions of several widths over the token rows, the largest output of each filter. */
function convolved(rows: tf.Tensor, parameters: Parameters, batch: BatchTensors): tf.Tensor {
  const { batch: texts, length } = batch;
  const pieces = tf.step(batch.means); // (B, 1, S)
  const real = scaleBy(rows, tf.reshape(pieces, [texts * length, 1])); // (B * S, H), zeros at padding
  return CNN_WIDTHS.map((span) => {
    const answers = dense(windows(real, span, texts, length), parameters, `cnn${span}`); // (B * S, F)
    return maxOverTime(answers, windowMask(pieces, span, texts, length), texts, length); // (B, F)
  }).reduce((all, one) => beside(all, one)); // (B, 3 F)
}

/** 1 where a whole window of `span` pieces starts, and at row 0 for texts shorter than that. */
function windowMask(pieces: tf.Tensor, span: number, texts: number, length: number): tf.Tensor {
  const rows = tf.reshape(pieces, [texts, length]); // (B, S)
  const first = tf.ones([texts, 1]); // (B, 1)
  const later = tf.slice(
    tf.pad(rows, [
      [0, 0],
      [0, span],
    ]),
    [0, span],
    [texts, length - 1],
  ); // (B, S - 1): row s counts when piece s + span - 1 is there
  return tf.reshape(tf.concat([first, later], 1), [texts, length, 1]); // (B, S, 1)
}

function dense(x: tf.Tensor, parameters: Parameters, name: string): tf.Tensor {
  return linear(x, weightOf(parameters, `${name}.kernel`), weightOf(parameters, `${name}.bias`));
}
