import * as tf from "@tensorflow/tfjs-core";
import type { Batch, Ngrams } from "../operations/operations.js";
import type { TokenBatch } from "../text/batches.js";
import { hashNgrams } from "../text/ngrams.js";
import type { EncoderConfig } from "./config.js";

/** Tensors of one batch. B texts, S positions (the batch's longest text). */
export type BatchTensors = Batch<tf.Tensor, number>;

export const PADDING_BIAS = -1e9;

/** Uploads a batch of tokens. The caller disposes the tensors. */
export function batchTensors(tokens: TokenBatch, config: EncoderConfig): BatchTensors {
  const { batch, length, ids, segments, lengths } = tokens;
  const bias = new Float32Array(batch * length);
  const means = new Float32Array(batch * length);
  for (let b = 0; b < batch; b++) {
    const pieces = lengths[b]!;
    bias.fill(PADDING_BIAS, b * length + pieces, (b + 1) * length);
    means.fill(1 / pieces, b * length, b * length + pieces);
  }
  return {
    batch,
    length,
    ids: tf.tensor1d(ids, "int32"),
    segments: tf.tensor1d(segments ?? new Int32Array(batch * length), "int32"),
    bias: tf.tensor(bias, [batch, 1, 1, length]),
    means: tf.tensor(means, [batch, 1, length]),
    ngrams: config.head.wideBuckets > 0 ? ngramTensors(tokens, config.head.wideBuckets) : null,
  };
}

export function ngramTensors(tokens: TokenBatch, buckets: number): Ngrams<tf.Tensor> {
  const ngrams = hashNgrams(tokens, buckets);
  return {
    texts: tf.tensor1d(ngrams.texts, "int32"),
    buckets: tf.tensor1d(ngrams.buckets, "int32"),
    shares: tf.tensor2d(ngrams.shares, [ngrams.shares.length, 1]),
  };
}

/** Frees what `batchTensors` made. */
export function disposeBatch(batch: BatchTensors): void {
  const { ids, segments, bias, means, ngrams } = batch;
  tf.dispose([ids, segments, bias, means, { ...ngrams }]);
}
