import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import type { Batch, Ngrams } from "./operations.js";

export type GraphBatch = Batch<Node, Node>;

/**
 * `embed` of rows.ts. The few kinds of segments are added by a product: as a sum over ids, every
 * row of the batch would wait for the same two rows.
 */
export function embed(
  tape: Tape,
  tables: { word: Shaped; position: Shaped; segment: Shaped },
  { ids, segments, batch, length }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const { word, position, segment } = tables;
  const [words, width] = word.shape as [number, number];
  const positions = position.shape[0]!;
  const kinds = segment.shape[0]!;
  const kind = g.oneHot(segments, kinds); // (B * S, segments)
  const w = g.reshape(g.add(g.gather(word, ids), g.matMul(kind, segment)), [batch, length, width]); // (B, S, E)
  const p = g.slice(position, [0, 0], [length, width]); // (S, E)
  const y = g.reshape(g.add(w, p), [-1, width]); // (B * S, E)
  return tape.record([word, position, segment], y, [-1, width], (dy) => {
    const perPosition = g.sum(g.reshape(dy, [batch, length, width]), 0); // (S, E)
    return [
      g.segmentSum(dy, ids, words), // (V, E)
      g.pad(perPosition, [
        [0, g.sub(positions, length)],
        [0, 0],
      ]), // (P, E)
      g.matMul(kind, dy, true, false), // (segments, E)
    ];
  });
}

/** `firstRows` of rows.ts. */
export function firstRows(tape: Tape, x: Shaped, { batch, length }: GraphBatch): Shaped {
  const g = tape.graph;
  const width = x.shape[1]!;
  const rows = g.reshape(x, [batch, length, width]); // (B, S, w)
  const y = g.reshape(g.slice(rows, [0, 0, 0], [-1, 1, width]), [-1, width]); // (B, w)
  return tape.record([x], y, [-1, width], (dy) => {
    const all = g.pad(g.reshape(dy, [-1, 1, width]), [
      [0, 0],
      [0, g.sub(length, 1)],
      [0, 0],
    ]); // (B, S, w)
    return [g.reshape(all, [-1, width])];
  });
}

/** `weightedRows` of rows.ts. */
export function weightedRows(
  tape: Tape,
  x: Shaped,
  weights: Node,
  { batch, length }: GraphBatch,
): Shaped {
  const g = tape.graph;
  const width = x.shape[1]!;
  const rows = g.reshape(x, [batch, length, width]); // (B, S, w)
  const y = g.reshape(g.batchMatMul(weights, rows), [-1, width]); // (B, w)
  return tape.record([x], y, [-1, width], (dy) => {
    const spread = g.mul(g.reshape(dy, [batch, 1, width]), g.reshape(weights, [batch, length, 1])); // (B, S, w)
    return [g.reshape(spread, [-1, width])];
  });
}

/** `beside` of rows.ts. */
export function beside(tape: Tape, a: Shaped, b: Shaped): Shaped {
  const g = tape.graph;
  const [left, right] = [a.shape[1]!, b.shape[1]!];
  return tape.record([a, b], g.concat([a, b], 1), [-1, left + right], (dy) => [
    g.slice(dy, [0, 0], [-1, left]),
    g.slice(dy, [0, left], [-1, right]),
  ]);
}

/** `sumOfRows` of rows.ts. */
export function sumOfRows(
  tape: Tape,
  table: Shaped,
  { texts, buckets, shares }: Ngrams<Node>,
  batch: Node,
): Shaped {
  const g = tape.graph;
  const [size, classes] = table.shape as [number, number];
  const rows = g.mul(g.gather(table, buckets), shares); // (m, C)
  return tape.record([table], g.segmentSum(rows, texts, batch), [-1, classes], (dy) => [
    g.segmentSum(g.mul(g.gather(dy, texts), shares), buckets, size), // (K, C)
  ]);
}
