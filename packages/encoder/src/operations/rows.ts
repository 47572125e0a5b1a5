import * as tf from "@tensorflow/tfjs-core";
import { differentiable, type T } from "./differentiable.js";
import type { Ngrams } from "./operations.js";

/** Sum of word, position and segment embeddings: (B * S, E). `ids`, `segments` are int32 (B * S). */
export function embed(
  tables: { word: T; position: T; segment: T },
  ids: T,
  segments: T,
  batch: number,
  length: number,
): T {
  const { word, position, segment } = tables;
  const [words, width] = word.shape as [number, number];
  const positions = position.shape[0]!;
  const kinds = segment.shape[0]!;
  return differentiable(
    [word, position, segment],
    () => {
      const w = tf.reshape(tf.gather(word, ids), [batch, length, width]); // (B, S, E)
      const p = tf.slice(position, [0, 0], [length, width]); // (S, E)
      const s = tf.reshape(tf.gather(segment, segments), [batch, length, width]); // (B, S, E)
      return {
        value: tf.reshape(tf.add(tf.add(w, p), s), [batch * length, width]),
        saved: [ids, segments],
      };
    },
    (dy, [ids, segments]) => {
      const perPosition = tf.sum(tf.reshape(dy, [batch, length, width]), 0); // (S, E)
      const rest = positions - length;
      return [
        tf.unsortedSegmentSum(dy, ids as tf.Tensor1D, words), // (V, E)
        rest === 0
          ? perPosition
          : tf.pad(perPosition, [
              [0, rest],
              [0, 0],
            ]), // (P, E)
        tf.unsortedSegmentSum(dy, segments as tf.Tensor1D, kinds), // (segments, E)
      ];
    },
  );
}

/** Row 0 of each text of x (B * S, w): (B, w). */
export function firstRows(x: T, batch: number, length: number): T {
  const width = x.shape[1]!;
  return differentiable(
    [x],
    () => ({
      value: tf.reshape(
        tf.slice(tf.reshape(x, [batch, length, width]), [0, 0, 0], [batch, 1, width]),
        [batch, width],
      ),
      saved: [],
    }),
    (dy) => {
      const rows = tf.reshape(dy, [batch, 1, width]);
      const all = tf.pad(rows, [
        [0, 0],
        [0, length - 1],
        [0, 0],
      ]); // (B, S, w)
      return [tf.reshape(all, [batch * length, width])];
    },
  );
}

/** The rows `places` (m, int32) of x (n, w): (m, w). */
export function rowsAt(x: T, places: T): T {
  const rows = x.shape[0]!;
  return differentiable(
    [x],
    () => ({ value: tf.gather(x, places), saved: [places] }),
    (dy, [places]) => [tf.unsortedSegmentSum(dy, places as tf.Tensor1D, rows)],
  );
}

/** Weighted sum of each text's rows: x (B * S, w), weights (B, 1, S) constant: (B, w). */
export function weightedRows(x: T, weights: T, batch: number, length: number): T {
  const width = x.shape[1]!;
  return differentiable(
    [x],
    () => {
      const rows = tf.reshape(x, [batch, length, width]); // (B, S, w)
      return { value: tf.reshape(tf.matMul(weights, rows), [batch, width]), saved: [weights] };
    },
    (dy, [weights]) => {
      const spread = tf.mul(
        tf.reshape(dy, [batch, 1, width]),
        tf.reshape(weights, [batch, length, 1]),
      ); // (B, S, w)
      return [tf.reshape(spread, [batch * length, width])];
    },
  );
}

/** a (n, u) beside b (n, w): (n, u + w). */
export function beside(a: T, b: T): T {
  const [rows, left] = a.shape as [number, number];
  const right = b.shape[1]!;
  return differentiable(
    [a, b],
    () => ({ value: tf.concat([a, b], 1), saved: [] }),
    (dy) => [tf.slice(dy, [0, 0], [rows, left]), tf.slice(dy, [0, left], [rows, right])],
  );
}

/** The wide part's logits: weighted sums of rows of `table` (K, C), one per text: (B, C). */
export function sumOfRows(table: T, { texts, buckets, shares }: Ngrams<T>, batch: number): T {
  const size = table.shape[0]!;
  return differentiable(
    [table],
    () => {
      const rows = tf.mul(tf.gather(table, buckets), shares); // (m, C)
      const value = tf.unsortedSegmentSum(rows, texts as tf.Tensor1D, batch); // (B, C)
      return { value, saved: [texts, buckets, shares] };
    },
    (dy, [texts, buckets, shares]) => {
      const rows = tf.mul(tf.gather(dy, texts), shares); // (m, C)
      return [tf.unsortedSegmentSum(rows, buckets as tf.Tensor1D, size)]; // (K, C)
    },
  );
}
