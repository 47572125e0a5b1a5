import * as tf from "@tensorflow/tfjs-core";
import { attention, rowAttention } from "./attention.js";
import { layerNorm, linear } from "./dense.js";
import type { T } from "./differentiable.js";
import type { DropoutMasks } from "./dropout.js";
import { activate, scaleBy, sum, tanh } from "./elementwise.js";
import type { Batch, Operations } from "./operations.js";
import { beside, embed, firstRows, sumOfRows, weightedRows } from "./rows.js";
import { maxOverTime, windowMask, windows } from "./windows.js";

/** The operations that compute at once; `masks` is null where nothing is dropped. */
export function eagerOperations(
  texts: Batch<T, number>,
  masks: DropoutMasks | null,
): Operations<T> {
  const { batch, length, ids, segments, bias, means, ngrams } = texts;
  const pieces = () => tf.step(means); // (B, 1, S)
  const attentionMask = (heads: number, queries: number, rate: number): T | null =>
    masks === null || rate === 0 ? null : masks([batch, heads, queries, length], rate); // (B, A, R, S)
  return {
    embed: (tables) => embed(tables, ids, segments, batch, length),
    linear,
    layerNorm,
    activate,
    tanh,
    sum,
    dropout: (x, rate) => (masks === null || rate === 0 ? x : scaleBy(x, masks(x.shape, rate))),
    attention: (q, k, v, { heads, dropout }) =>
      attention(q, k, v, bias, attentionMask(heads, length, dropout), {
        batch,
        length,
        heads,
        queries: length,
      }),
    rowAttention: (q, x, weights, { heads, dropout }) =>
      rowAttention(q, x, weights, bias, attentionMask(heads, 1, dropout), { batch, length, heads }),
    firstRows: (x) => firstRows(x, batch, length),
    meanRows: (x) => weightedRows(x, means, batch, length),
    withoutPadding: (x) => scaleBy(x, tf.reshape(pieces(), [batch * length, 1])),
    windows: (x, span) => windows(x, span, batch, length),
    maxOverTime: (x, span) =>
      maxOverTime(x, windowMask(pieces(), span, batch, length), batch, length),
    beside,
    sumOfNgrams(table) {
      if (ngrams === null) throw new Error("The batch was made without n-grams.");
      return sumOfRows(table, ngrams, batch);
    },
    scope: (part) => tf.tidy(part),
  };
}
