import * as tf from "@tensorflow/tfjs-core";
import { differentiable, type T } from "./differentiable.js";

/**
 * Windows of `span` neighbouring rows of each text, side by side: x (B * S, w) to
 * (B * S, span * w), row s holding rows s .. s + span - 1; zeros beyond the last.
 */
export function windows(x: T, span: number, batch: number, length: number): T {
  const width = x.shape[1]!;
  return differentiable(
    [x],
    () => {
      const rows = tf.reshape(x, [batch, length, width]); // (B, S, w)
      const padded = tf.pad(rows, [
        [0, 0],
        [0, span - 1],
        [0, 0],
      ]); // (B, S + span - 1, w)
      const shifted = Array.from({ length: span }, (_, i) =>
        tf.slice(padded, [0, i, 0], [batch, length, width]),
      ); // span of (B, S, w)
      return {
        value: tf.reshape(tf.concat(shifted, 2), [batch * length, span * width]),
        saved: [],
      };
    },
    (dy) => {
      const all = tf.reshape(dy, [batch, length, span * width]); // (B, S, span * w)
      const parts = Array.from({ length: span }, (_, i) => {
        const part = tf.slice(all, [0, 0, i * width], [batch, length, width]); // (B, S, w)
        return tf.pad(part, [
          [0, 0],
          [i, span - 1 - i],
          [0, 0],
        ]); // (B, S + span - 1, w)
      });
      const sum = parts.reduce((total, part) => tf.add(total, part));
      const rows = tf.slice(sum, [0, 0, 0], [batch, length, width]); // (B, S, w)
      return [tf.reshape(rows, [batch * length, width])];
    },
  );
}

/**
 * The largest positive value of each text's rows: x (B * S, w) to (B, w), never below 0 (ReLU and
 * max over time in one). `mask` (B, S, 1) is 1 at the rows that count.
 */
export function maxOverTime(x: T, mask: T, batch: number, length: number): T {
  const width = x.shape[1]!;
  return differentiable(
    [x],
    () => {
      const rows = tf.mul(tf.relu(tf.reshape(x, [batch, length, width])), mask); // (B, S, w)
      const largest = tf.max(rows, 1, true); // (B, 1, w)
      return { value: tf.reshape(largest, [batch, width]), saved: [rows, largest] };
    },
    (dy, [rows, largest]) => {
      const positive = tf.mul(tf.reshape(dy, [batch, 1, width]), tf.step(largest)); // (B, 1, w)
      const winner = tf.cast(tf.equal(rows, largest), "float32"); // (B, S, w)
      return [tf.reshape(tf.mul(winner, positive), [batch * length, width])];
    },
  );
}

/**
 * 1 where a whole window of `span` pieces starts, and at row 0 for texts shorter than that:
 * (B, S, 1). `pieces` (B, 1, S) is 1 at pieces.
 */
export function windowMask(pieces: T, span: number, batch: number, length: number): T {
  const rows = tf.reshape(pieces, [batch, length]); // (B, S)
  const first = tf.ones([batch, 1]); // (B, 1)
  const later = tf.slice(
    tf.pad(rows, [
      [0, 0],
      [0, span],
    ]),
    [0, span],
    [batch, length - 1],
  ); // (B, S - 1): row s counts when piece s + span - 1 is there
  return tf.reshape(tf.concat([first, later], 1), [batch, length, 1]); // (B, S, 1)
}
