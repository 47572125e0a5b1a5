import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import type { FoldedWeights } from "./attention.js";
import type { GraphBatch } from "./rows-graph.js";

/** `attention` of attention.ts, for every row. */
export function attention(
  tape: Tape,
  [q, k, v]: readonly [Shaped, Shaped, Shaped],
  dropped: Node | null,
  heads: number,
  { batch, length, bias }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const size = q.shape[1]!;
  const width = size / heads;
  const scale = 1 / Math.sqrt(width);
  const split = (x: Node): Node =>
    g.transpose(g.reshape(x, [batch, length, heads, width]), [0, 2, 1, 3]); // (B, A, S, d)
  const join = (x: Node): Node => g.reshape(g.transpose(x, [0, 2, 1, 3]), [-1, size]); // (B * S, H)
  const drop = (x: Node): Node => (dropped === null ? x : g.mul(x, dropped)); // (B, A, S, S)

  const [qs, ks, vs] = [split(q), split(k), split(v)]; // (B, A, S, d)
  const p = g.softmax(g.add(g.mul(g.batchMatMul(qs, ks, false, true), scale), bias)); // (B, A, S, S)
  const used = drop(p); // (B, A, S, S)
  return tape.record([q, k, v], join(g.batchMatMul(used, vs)), q.shape, (dy) => {
    const dOut = split(dy); // (B, A, S, d)
    const dv = g.batchMatMul(used, dOut, true, false); // (B, A, S, d)
    const dp = drop(g.batchMatMul(dOut, vs, false, true)); // (B, A, S, S)
    const inner = g.sum(g.mul(dp, p), -1, true); // (B, A, S, 1)
    const ds = g.mul(g.mul(p, g.sub(dp, inner)), scale); // (B, A, S, S)
    return [
      join(g.batchMatMul(ds, ks)), // (B * S, H)
      join(g.batchMatMul(ds, qs, true, false)), // (B * S, H)
      join(dv), // (B * S, H)
    ];
  });
}

/** `rowAttention` of attention.ts. */
export function rowAttention(
  tape: Tape,
  q: Shaped,
  x: Node,
  weights: FoldedWeights<Node>,
  dropped: Node | null,
  heads: number,
  { batch, length, bias }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const size = q.shape[1]!;
  const width = size / heads;
  const scale = 1 / Math.sqrt(width);
  const perHead = (y: Node): Node => g.transpose(g.reshape(y, [batch, heads, width]), [1, 0, 2]); // (A, B, d)
  const perText = (y: Node): Node => g.transpose(y, [1, 0, 2]); // (A, B, w) <-> (B, A, w)
  const wide = (kernel: Node): Node =>
    g.transpose(g.reshape(kernel, [size, heads, width]), [1, 2, 0]); // (A, d, H)
  const joined = (kernel: Node): Node => g.reshape(g.transpose(kernel, [2, 0, 1]), [size, size]); // from (A, d, H)
  const mask = dropped === null ? null : g.reshape(dropped, [batch, heads, length]); // (B, A, S)
  const { keyKernel, keyBias, valueKernel, valueBias } = weights;

  const qs = perHead(q); // (A, B, d)
  const [wk, wv] = [wide(keyKernel), wide(valueKernel)]; // (A, d, H)
  const rows = g.reshape(x, [batch, length, size]); // (B, S, H)
  const u = perText(g.batchMatMul(qs, wk)); // (B, A, H)
  const scores = g.mul(g.batchMatMul(u, rows, false, true), scale); // (B, A, S)
  const p = g.softmax(g.add(scores, g.reshape(bias, [batch, 1, length]))); // (B, A, S)
  const used = mask === null ? p : g.mul(p, mask); // (B, A, S)
  const z = perText(g.batchMatMul(used, rows)); // (A, B, H)
  const context = perText(g.batchMatMul(z, wv, false, true)); // (B, A, d)
  const share = mask === null ? null : g.sum(used, -1, true); // (B, A, 1)
  const bv = g.reshape(valueBias, [1, heads, width]); // (1, A, d)
  const value = g.add(context, share === null ? bv : g.mul(bv, share)); // (B, A, d)
  const y = g.reshape(value, [-1, size]); // (B, H)
  return tape.record([q, x, keyKernel, keyBias, valueKernel, valueBias], y, q.shape, (dy) => {
    const dContext = perHead(dy); // (A, B, d)
    const dz = perText(g.batchMatMul(dContext, wv)); // (B, A, H)
    const dWv = g.batchMatMul(dContext, z, true, false); // (A, d, H)
    let dUsed = g.batchMatMul(dz, rows, false, true); // (B, A, S)
    let dBias = g.sum(dy, 0); // (H)
    if (mask !== null && share !== null) {
      const out = g.reshape(dy, [batch, heads, width]); // (B, A, d)
      dBias = g.reshape(g.sum(g.mul(out, share), 0), [size]); // (H)
      dUsed = g.mul(g.add(dUsed, g.sum(g.mul(out, bv), -1, true)), mask); // (B, A, S)
    }
    const inner = g.sum(g.mul(dUsed, p), -1, true); // (B, A, 1)
    const ds = g.mul(g.mul(p, g.sub(dUsed, inner)), scale); // (B, A, S)
    const du = perText(g.batchMatMul(ds, rows)); // (A, B, H)
    const dq = perText(g.batchMatMul(du, wk, false, true)); // (B, A, d)
    const dWk = g.batchMatMul(qs, du, true, false); // (A, d, H)
    // Both ways into x in one product: (B, 2 A, S)^T (B, 2 A, H).
    const dRows = g.batchMatMul(g.concat([ds, used], 1), g.concat([u, dz], 1), true, false); // (B, S, H)
    return [
      g.reshape(dq, [-1, size]),
      g.reshape(dRows, [-1, size]),
      joined(dWk),
      g.fill([size], 0),
      joined(dWv),
      dBias,
    ];
  });
}
