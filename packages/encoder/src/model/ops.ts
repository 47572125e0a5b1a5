// Long because each operation stands beside its gradient, and all share their shapes' letters.
import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "./config.js";

/*
 * The differentiable operations of the model. Each carries its own gradient, because tfjs-core
 * alone registers none, and because one hand-written gradient is several times less work than the
 * chain of small ones. Where the backend has a kernel of ours (see backends/wasm-kernels.ts) it
 * does the arithmetic; the plain TensorFlow.js form beside it serves every other backend.
 *
 * Shapes: n = rows (texts x positions, or texts), B texts, S positions, R query rows per text,
 * A attention heads, d = H / A.
 */

type T = tf.Tensor;

/** What an operation kept for its gradient, in its own order; it knows how many there are. */
type Saved = [T, T, T, T, T, T, T, T, T];

/** x (n, i) times kernel (i, o) plus bias (o): (n, o). */
export function linear(x: T, kernel: T, bias: T): T {
  return differentiable(
    [x, kernel, bias],
    () => ({
      value: tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias),
      saved: [x, kernel],
    }),
    (dy, [x, kernel]) => [
      tf.matMul(dy as tf.Tensor2D, kernel as tf.Tensor2D, false, true), // (n, i)
      tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false), // (i, o)
      tf.sum(dy, 0), // (o)
    ],
  );
}

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

/** Layer normalisation over the last axis of x (n, w), biased variance: (n, w). */
export function layerNorm(x: T, scale: T, offset: T, epsilon: number): T {
  return differentiable(
    [x, scale, offset],
    () => {
      const [value, normal, inverse] = normalise(x, scale, offset, epsilon);
      return { value, saved: [normal, inverse, scale] };
    },
    (dy, [normal, inverse, scale]) => normaliseGradient(dy, normal, inverse, scale),
  );
}

function normalise(x: T, scale: T, offset: T, epsilon: number): [T, T, T] {
  const fused = runKernel("WinnowLayerNorm", { x, scale, offset }, { epsilon });
  if (fused !== undefined) return fused as [T, T, T];
  const centred = tf.sub(x, tf.mean(x, -1, true)); // (n, w)
  const variance = tf.mean(tf.square(centred), -1, true); // (n, 1)
  const inverse = tf.rsqrt(tf.add(variance, epsilon)); // (n, 1)
  const normal = tf.mul(centred, inverse); // (n, w)
  return [tf.add(tf.mul(normal, scale), offset), normal, inverse];
}

function normaliseGradient(dy: T, normal: T, inverse: T, scale: T): T[] {
  const fused = runKernel("WinnowLayerNormGrad", { dy, normal, inverse, scale }, {});
  if (fused !== undefined) return fused;
  const g = tf.mul(dy, scale); // (n, w)
  const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)); // (n, w)
  const dx = tf.mul(inverse, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along)); // (n, w)
  return [dx, tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
}

/** The feed-forward's activation, element by element. */
export function activate(x: T, activation: Activation): T {
  if (activation !== "relu") return gelu(x, activation);
  return differentiable(
    [x],
    () => ({ value: tf.relu(x), saved: [x] }),
    (dy, [x]) => [tf.mul(dy, tf.step(x))],
  );
}

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/** x times the normal distribution function at x: exact ("gelu") or its tanh form. */
function gelu(x: T, form: "gelu" | "gelu-tanh"): T {
  return differentiable(
    [x],
    () => {
      const fused = runKernel("WinnowGelu", { x }, { form });
      if (fused !== undefined) return { value: fused[0]!, saved: [x] };
      const cdf = normalCdf(x, form);
      return { value: tf.mul(x, cdf), saved: [x, cdf] };
    },
    (dy, [x, cdf]) => {
      const fused = runKernel("WinnowGeluGrad", { dy, x }, { form });
      return fused ?? [tf.mul(dy, tf.add(cdf, tf.mul(x, normalDensity(x, cdf, form))))];
    },
  );
}

function normalCdf(x: T, form: "gelu" | "gelu-tanh"): T {
  if (form === "gelu") return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  // (1 + tanh u) / 2 is the logistic function of 2 u.
  const cubic = tf.add(tf.mul(tf.square(x), 2 * TANH_SCALE * TANH_CUBIC), 2 * TANH_SCALE);
  return tf.sigmoid(tf.mul(x, cubic));
}

function normalDensity(x: T, cdf: T, form: "gelu" | "gelu-tanh"): T {
  if (form === "gelu") {
    return tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  }
  const slope = tf.add(tf.mul(tf.square(x), 6 * TANH_SCALE * TANH_CUBIC), 2 * TANH_SCALE);
  return tf.mul(tf.mul(cdf, tf.sub(1, cdf)), slope);
}

/** What attention needs beside its three matrices. */
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
  const scale = 1 / Math.sqrt(width);
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

/** The weights that `rowAttention` folds into its queries and its answer: (H, H) and (H) each. */
export interface FoldedWeights {
  keyKernel: T;
  keyBias: T;
  valueKernel: T;
  valueBias: T;
}

/**
 * Attention with one query row a text, q (B, H), over the rows x (B * S, H): (B, H). The same as
 * `attention` over keys x Wk + bk and values x Wv + bv, at a fraction of the work, because
 * q . (Wk x + bk) = (Wk^T q) . x + a constant that the softmax cancels, and
 * sum p (Wv x + bv) = Wv (sum p x) + bv sum p: no key or value is ever made for a position.
 * `dropped` is (B, A, 1, S) or null. The key's bias has no gradient, as softmax is blind to it.
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
  const scale = 1 / Math.sqrt(width);
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
        tf.zeros([size]),
        joined(dWv),
        dBias,
      ];
    },
  );
}

/** Residual sum of two tensors of one shape. */
export function sum(a: T, b: T): T {
  return differentiable(
    [a, b],
    () => ({ value: tf.add(a, b), saved: [] }),
    (dy) => [dy, dy],
  );
}

/** x times constant multipliers of its shape (dropout). */
export function scaleBy(x: T, multipliers: T): T {
  return differentiable(
    [x],
    () => ({ value: tf.mul(x, multipliers), saved: [multipliers] }),
    (dy, [multipliers]) => [tf.mul(dy, multipliers)],
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

/** x (m, w) against every row of `table` (v, w), plus bias (v): (m, v). */
export function againstRows(x: T, table: T, bias: T): T {
  return differentiable(
    [x, table, bias],
    () => ({ value: tf.add(tf.matMul(x, table, false, true), bias), saved: [x, table] }),
    (dy, [x, table]) => [
      tf.matMul(dy, table), // (m, w)
      tf.matMul(dy, x, true, false), // (v, w)
      tf.sum(dy, 0), // (v)
    ],
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

/** Hashed n-grams of a batch: entry i adds `shares[i]` times row `buckets[i]` to text `texts[i]`. */
export interface NgramTensors {
  readonly texts: T; // (m) int32
  readonly buckets: T; // (m) int32
  readonly shares: T; // (m, 1)
}

/** The wide part's logits: weighted sums of rows of `table` (K, C), one per text: (B, C). */
export function sumOfRows(table: T, { texts, buckets, shares }: NgramTensors, batch: number): T {
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

/** tanh, element by element. */
export function tanh(x: T): T {
  return differentiable(
    [x],
    () => {
      const value = tf.tanh(x);
      return { value, saved: [value] };
    },
    (dy, [y]) => [tf.mul(dy, tf.sub(1, tf.square(y)))],
  );
}

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

/**
 * Runs `forward` as one step of the tape. What `backward` reads must stand in `saved`: tensors
 * made on the way are disposed once the forward pass ends.
 */
export function differentiable(
  inputs: T[],
  forward: () => { value: T; saved: T[] },
  backward: (dy: T, saved: Saved) => T[],
): T {
  const run = tf.customGrad((...given: (T | tf.GradSaveFunc)[]) => {
    const [save] = given.slice(-1) as [tf.GradSaveFunc];
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: (dy: T, kept: T[]) => backward(dy, kept as unknown as Saved) };
  });
  return run(...inputs);
}

/** Runs one of our kernels where the current backend has it; undefined elsewhere. */
export function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: object,
): T[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as T];
}
