import * as tf from "@tensorflow/tfjs-core";
import { constant } from "./constants.js";
import { differentiable, type T } from "./differentiable.js";

/** What attention needs besides its three matrices. */
export interface AttentionShape {
  batch: number;
  /** Query rows a text: S, or 1 where only the CLS row is read. */
  queries: number;
  length: number;
  heads: number;
}

/**
 * Scaled dot-product attention of q (B * R, H) over k, v (B * S, H): (B * R, H).
 * `bias` (B, 1, 1, S) is 0 at pieces and very low at padding; `dropped` (B, A, R, S) holds
 * dropout's multipliers of the attention weights, or null.
 */
export function attention(q: T, k: T, v: T, bias: T, dropped: T | null, shape: AttentionShape): T {
  const { batch, queries, length, heads } = shape;
  const width = q.shape[1]! / heads;
  const scale = constant(1 / Math.sqrt(width));
  const split = (x: T, rows: number): tf.Tensor4D =>
    tf.transpose(tf.reshape(x, [batch, rows, heads, width]), [0, 2, 1, 3]); // (B, A, rows, d)
  const join = (x: T, rows: number): T =>
    tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * rows, heads * width]); // (B * rows, H)

  return differentiable(
    [q, k, v],
    () => {
      const qs = split(q, queries); // (B, A, R, d)
      const ks = split(k, length); // (B, A, S, d)
      const vs = split(v, length); // (B, A, S, d)
      const scores = tf.add(tf.mul(tf.matMul(qs, ks, false, true), scale), bias); // (B, A, R, S)
      const p = tf.softmax(scores); // (B, A, R, S)
      const used = dropped === null ? p : tf.mul(p, dropped); // (B, A, R, S)
      const saved = dropped === null ? [qs, ks, vs, p] : [qs, ks, vs, p, dropped];
      return { value: join(tf.matMul(used, vs), queries), saved };
    },
    (dy, [qs, ks, vs, p, dropped]) => {
      const dOut = split(dy, queries); // (B, A, R, d)
      const used = dropped === undefined ? p : tf.mul(p, dropped); // (B, A, R, S)
      const dv = tf.matMul(used, dOut, true, false); // (B, A, S, d)
      const dUsed = tf.matMul(dOut, vs, false, true); // (B, A, R, S)
      const dp = dropped === undefined ? dUsed : tf.mul(dUsed, dropped); // (B, A, R, S)
      const inner = tf.sum(tf.mul(dp, p), -1, true); // (B, A, R, 1)
      const ds = tf.mul(tf.mul(p, tf.sub(dp, inner)), scale); // (B, A, R, S)
      return [
        join(tf.matMul(ds, ks), queries), // (B * R, H)
        join(tf.matMul(ds, qs, true, false), length), // (B * S, H)
        join(dv, length), // (B * S, H)
      ];
    },
  );
}

/** The weights that `rowAttention` folds into its queries and its result: (H, H) and (H) each. */
export interface FoldedWeights<X = T> {
  keyKernel: X;
  keyBias: X;
  valueKernel: X;
  valueBias: X;
}

/**
 * Attention with one query row a text, q (B, H), over the rows x (B * S, H): (B, H). The same as
 * `attention` over keys x Wk + bk and values x Wv + bv, at a fraction of the work, because q . (Wk
 * x + bk) = (Wk^T q) . x + a constant that the softmax cancels, and sum p (Wv x + bv) = Wv (sum p
 * x) + bv sum p: no key or value is computed for any position. `dropped` is (B, A, 1, S) or null.
 * The key's bias has gradient 0: softmax does not depend on it.
 */
export function rowAttention(
  q: T,
  x: T,
  weights: FoldedWeights,
  bias: T,
  dropped: T | null,
  shape: Omit<AttentionShape, "queries">,
): T {
  const { batch, length, heads } = shape;
  const size = q.shape[1]!;
  const width = size / heads;
  const scale = constant(1 / Math.sqrt(width));
  const perHead = (y: T): T => tf.transpose(tf.reshape(y, [batch, heads, width]), [1, 0, 2]); // (A, B, d)
  const perText = (y: T): T => tf.transpose(y, [1, 0, 2]); // (A, B, w) <-> (B, A, w)
  const wide = (kernel: T): T => tf.transpose(tf.reshape(kernel, [size, heads, width]), [1, 2, 0]); // (A, d, H)
  const joined = (kernel: T): T => tf.reshape(tf.transpose(kernel, [2, 0, 1]), [size, size]); // from (A, d, H)
  const mask = dropped === null ? null : tf.reshape(dropped, [batch, heads, length]); // (B, A, S)

  return differentiable(
    [q, x, weights.keyKernel, weights.keyBias, weights.valueKernel, weights.valueBias],
    () => {
      const qs = perHead(q); // (A, B, d)
      const wk = wide(weights.keyKernel); // (A, d, H)
      const wv = wide(weights.valueKernel); // (A, d, H)
      const rows = tf.reshape(x, [batch, length, size]); // (B, S, H)
      const u = perText(tf.matMul(qs, wk)); // (B, A, H)
      const scores = tf.mul(tf.matMul(u, rows, false, true), scale); // (B, A, S)
      const p = tf.softmax(tf.add(scores, tf.reshape(bias, [batch, 1, length]))); // (B, A, S)
      const used = mask === null ? p : tf.mul(p, mask); // (B, A, S)
      const z = perText(tf.matMul(used, rows)); // (A, B, H)
      const context = perText(tf.matMul(z, wv, false, true)); // (B, A, d)
      const share = mask === null ? null : tf.sum(used, -1, true); // (B, A, 1)
      const bv = tf.reshape(weights.valueBias, [1, heads, width]); // (1, A, d)
      const value = tf.add(context, share === null ? bv : tf.mul(bv, share)); // (B, A, d)
      const saved = [qs, rows, wk, wv, u, p, z, weights.valueBias];
      return {
        value: tf.reshape(value, [batch, size]),
        saved: mask === null ? saved : [...saved, mask],
      };
    },
    (dy, [qs, rows, wk, wv, u, p, z, valueBias, mask]) => {
      const used = mask === undefined ? p : tf.mul(p, mask); // (B, A, S)
      const dContext = perHead(dy); // (A, B, d)
      const dz = perText(tf.matMul(dContext, wv)); // (B, A, H)
      const dWv = tf.matMul(dContext, z, true, false); // (A, d, H)
      let dUsed = tf.matMul(dz, rows, false, true); // (B, A, S)
      let dBias = tf.sum(dy, 0); // (H)
      if (mask !== undefined) {
        const out = tf.reshape(dy, [batch, heads, width]); // (B, A, d)
        const share = tf.sum(used, -1, true); // (B, A, 1)
        dBias = tf.reshape(tf.sum(tf.mul(out, share), 0), [size]); // (H)
        const bv = tf.reshape(valueBias, [1, heads, width]); // (1, A, d)
        dUsed = tf.mul(tf.add(dUsed, tf.sum(tf.mul(out, bv), -1, true)), mask); // (B, A, S)
      }
      const inner = tf.sum(tf.mul(dUsed, p), -1, true); // (B, A, 1)
      const ds = tf.mul(tf.mul(p, tf.sub(dUsed, inner)), scale); // (B, A, S)
      const du = perText(tf.matMul(ds, rows)); // (A, B, H)
      const dq = perText(tf.matMul(du, wk, false, true)); // (B, A, d)
      const dWk = tf.matMul(qs, du, true, false); // (A, d, H)
      // Both ways into x in one product: (B, 2 A, S)^T (B, 2 A, H).
      const dRows = tf.matMul(tf.concat([ds, used], 1), tf.concat([u, dz], 1), true, false); // (B, S, H)
      return [
        tf.reshape(dq, [batch, size]),
        tf.reshape(dRows, [batch * length, size]),
        joined(dWk),
        tf.zerosLike(valueBias), // (H)
        joined(dWv),
        dBias,
      ];
    },
  );
}
