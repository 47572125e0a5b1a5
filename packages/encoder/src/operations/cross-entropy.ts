import * as tf from "@tensorflow/tfjs-core";
import { differentiable, type T } from "./differentiable.js";

/**
 * Sum of the rows' cross-entropies times `shares` (B): logits (B, C), targets (B, C) with rows
 * that sum to 1: a scalar, the mean where every share is 1 / B.
 */
export function crossEntropy(logits: T, targets: T, shares: T): T {
  return differentiable(
    [logits],
    () => {
      const shifted = tf.sub(logits, tf.max(logits, -1, true)); // (B, C)
      const powers = tf.exp(shifted); // (B, C)
      const total = tf.sum(powers, -1, true); // (B, 1)
      const logTotal = tf.log(tf.reshape(total, [-1])); // (B)
      const picked = tf.sum(tf.mul(targets, shifted), -1); // (B)
      const value = tf.sum(tf.mul(tf.sub(logTotal, picked), shares)); // ()
      return { value, saved: [tf.div(powers, total), targets, shares] };
    },
    (dy, [p, targets, shares]) => [
      tf.mul(tf.mul(tf.sub(p, targets), tf.reshape(shares, [-1, 1])), dy), // (B, C)
    ],
  );
}
