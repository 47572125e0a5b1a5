import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import type { GraphBatch } from "./rows-graph.js";

/** `windows` of windows.ts. */
export function windows(
  tape: Tape,
  x: Shaped,
  span: number,
  { batch, length }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const width = x.shape[1]!;
  const padded = g.pad(g.reshape(x, [batch, length, width]), [
    [0, 0],
    [0, span - 1],
    [0, 0],
  ]); // (B, S + span - 1, w)
  const shifted = Array.from({ length: span }, (_, i) =>
    g.slice(padded, [0, i, 0], [-1, length, width]),
  ); // span of (B, S, w)
  const y = g.reshape(g.concat(shifted, 2), [-1, span * width]); // (B * S, span * w)
  return tape.record([x], y, [-1, span * width], (dy) => {
    const all = g.reshape(dy, [batch, length, span * width]); // (B, S, span * w)
    const parts = Array.from({ length: span }, (_, i) =>
      g.pad(g.slice(all, [0, 0, i * width], [-1, -1, width]), [
        [0, 0],
        [i, span - 1 - i],
        [0, 0],
      ]),
    ); // span of (B, S + span - 1, w)
    const rows = g.slice(g.addN(parts), [0, 0, 0], [-1, length, width]); // (B, S, w)
    return [g.reshape(rows, [-1, width])];
  });
}

/** `maxOverTime` of windows.ts. */
export function maxOverTime(
  tape: Tape,
  x: Shaped,
  mask: Node,
  { batch, length }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const width = x.shape[1]!;
  const rows = g.mul(g.relu(g.reshape(x, [batch, length, width])), mask); // (B, S, w)
  const largest = g.max(rows, 1, true); // (B, 1, w)
  return tape.record([x], g.reshape(largest, [-1, width]), [-1, width], (dy) => {
    const positive = g.mul(g.reshape(dy, [batch, 1, width]), g.step(largest)); // (B, 1, w)
    const winner = g.cast(g.equal(rows, largest)); // (B, S, w)
    return [g.reshape(g.mul(winner, positive), [-1, width])];
  });
}

/** `windowMask` of windows.ts. */
export function windowMask(
  { graph: g }: Tape,
  pieces: Node,
  span: number,
  { batch, length }: GraphBatch,
): Node {
  const rows = g.reshape(pieces, [batch, length]); // (B, S)
  const first = g.fill([batch, 1], 1); // (B, 1)
  const padded = g.pad(rows, [
    [0, 0],
    [0, span],
  ]); // (B, S + span)
  const later = g.slice(padded, [0, span], [-1, g.sub(length, 1)]); // (B, S - 1)
  return g.reshape(g.concat([first, later], 1), [batch, length, 1]); // (B, S, 1)
}
