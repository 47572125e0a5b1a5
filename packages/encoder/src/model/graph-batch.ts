import * as tf from "@tensorflow/tfjs-core";
import { type Graph, INT32, type Node } from "../graph/graph.js";
import { FLOAT, type Port } from "../graph/graph-file.js";
import type { GraphBatch } from "../operations/rows-graph.js";
import type { TokenBatch } from "../text/batches.js";
import { ngramTensors, PADDING_BIAS } from "./batch-tensors.js";
import type { EncoderConfig } from "./config.js";

/** A batch as inputs of a signature; B and S are known only at the call. */
export interface BatchInputs {
  readonly ports: Record<string, Port>;
  readonly batch: GraphBatch;
}

/** Inputs for a batch of tokens. What follows from the lengths is computed, not passed. */
export function batchInputs(g: Graph, { head }: EncoderConfig): BatchInputs {
  const ports: Record<string, Port> = {};
  const input = (name: string, type: Node["type"], shape: number[]): Node => {
    const node = g.placeholder(type, shape);
    ports[name] = { node, shape };
    return node;
  };
  const ids = input("ids", INT32, [-1, -1]); // (B, S)
  const segments = input("segments", INT32, [-1, -1]); // (B, S)
  const lengths = input("lengths", INT32, [-1]); // (B)
  const [batch, length] = g.sidesOf(ids, 2) as [Node, Node];
  const mask = g.cast(g.less(g.range(length), g.reshape(lengths, [-1, 1]))); // (B, S)
  const means = g.div(mask, g.reshape(g.cast(lengths), [-1, 1])); // (B, S)
  const ngrams =
    head.wideBuckets === 0
      ? null
      : {
          texts: input("texts", INT32, [-1]),
          buckets: input("buckets", INT32, [-1]),
          shares: input("ngramShares", FLOAT, [-1, 1]),
        };
  return {
    ports,
    batch: {
      batch,
      length,
      ids: g.reshape(ids, [-1]),
      segments: g.reshape(segments, [-1]),
      bias: g.reshape(g.mul(g.sub(1, mask), PADDING_BIAS), [batch, 1, 1, length]),
      means: g.reshape(means, [batch, 1, length]),
      ngrams,
    },
  };
}

/** The tensors for these inputs; the call disposes them. */
export function batchFeed(tokens: TokenBatch, { head }: EncoderConfig): tf.NamedTensorMap {
  const { batch, length, ids, segments, lengths } = tokens;
  const ngrams = head.wideBuckets === 0 ? null : ngramTensors(tokens, head.wideBuckets);
  return {
    ids: tf.tensor2d(ids, [batch, length], "int32"),
    segments: tf.tensor2d(segments ?? new Int32Array(batch * length), [batch, length], "int32"),
    lengths: tf.tensor1d(lengths, "int32"),
    ...(ngrams && { texts: ngrams.texts, buckets: ngrams.buckets, ngramShares: ngrams.shares }),
  };
}
