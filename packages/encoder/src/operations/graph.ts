import type { Side } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import { attention, rowAttention } from "./attention-graph.js";
import { layerNorm, linear } from "./dense-graph.js";
import type { GraphDropout } from "./dropout-graph.js";
import { activate, scaleBy, sum, tanh } from "./elementwise-graph.js";
import type { Operations } from "./operations.js";
import {
  beside,
  embed,
  firstRows,
  type GraphBatch,
  sumOfRows,
  weightedRows,
} from "./rows-graph.js";
import { maxOverTime, windowMask, windows } from "./windows-graph.js";

/** The operations that write a graph; `dropout` is null where nothing is dropped. */
export function graphOperations(
  tape: Tape,
  texts: GraphBatch,
  dropout: GraphDropout | null,
): Operations<Shaped> {
  const g = tape.graph;
  const { batch, length, means, ngrams } = texts;
  const pieces = () => g.step(means); // (B, 1, S)
  const attentionMask = (heads: number, queries: Side, rate: number) =>
    dropout === null || rate === 0 ? null : dropout.mask([batch, heads, queries, length], rate); // (B, A, R, S)
  /** The rows of x: those of every piece, or one a text. */
  const sidesOf = (x: Shaped): Side[] => [g.sidesOf(x, 2)[0]!, x.shape[1]!];
  return {
    embed: (tables) => embed(tape, tables, texts),
    linear: (x, kernel, bias) => linear(tape, x, kernel, bias),
    layerNorm: (x, scale, offset, epsilon) => layerNorm(tape, x, scale, offset, epsilon),
    activate: (x, activation) => activate(tape, x, activation),
    tanh: (x) => tanh(tape, x),
    sum: (a, b) => sum(tape, a, b),
    dropout: (x, rate) => (dropout === null || rate === 0 ? x : dropout.apply(x, sidesOf(x), rate)),
    attention: (q, k, v, settings) => {
      const { heads } = settings;
      return attention(
        tape,
        [q, k, v],
        attentionMask(heads, length, settings.dropout),
        heads,
        texts,
      );
    },
    rowAttention: (q, x, weights, settings) => {
      const { heads } = settings;
      const mask = attentionMask(heads, 1, settings.dropout);
      return rowAttention(tape, q, x, weights, mask, heads, texts);
    },
    firstRows: (x) => firstRows(tape, x, texts),
    meanRows: (x) => weightedRows(tape, x, means, texts),
    withoutPadding: (x) => scaleBy(tape, x, g.reshape(pieces(), [-1, 1])),
    windows: (x, span) => windows(tape, x, span, texts),
    maxOverTime: (x, span) => maxOverTime(tape, x, windowMask(tape, pieces(), span, texts), texts),
    beside: (a, b) => beside(tape, a, b),
    sumOfNgrams(table) {
      if (ngrams === null) throw new Error("The graph's batches have no n-grams.");
      return sumOfRows(tape, table, ngrams, batch);
    },
    scope: (part) => part(),
  };
}
