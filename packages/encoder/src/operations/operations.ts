import type { FoldedWeights } from "./attention.js";
import type { Activation } from "./elementwise.js";

/** A batch of texts, as tensors (D: numbers) or in a graph (D: scalars of the graph). */
export interface Batch<X, D> {
  readonly batch: D; // B
  readonly length: D; // S
  readonly ids: X; // (B * S) int32
  readonly segments: X; // (B * S) int32
  readonly bias: X; // (B, 1, 1, S): 0 at pieces, very low at padding
  readonly means: X; // (B, 1, S): 1 / pieces at pieces, 0 at padding
  readonly ngrams: Ngrams<X> | null; // for the wide part
}

/** Hashed n-grams of a batch: entry i adds `shares[i]` times row `buckets[i]` to text `texts[i]`. */
export interface Ngrams<X> {
  readonly texts: X; // (m) int32
  readonly buckets: X; // (m) int32
  readonly shares: X; // (m, 1)
}

/**
 * What the model is built of, over one batch. There are two forms: `eagerOperations` computes at
 * once, `graphOperations` writes a graph. Each operation's two forms stand in neighbouring files
 * (dense.ts, dense-graph.ts), and a test holds them equal, gradients too.
 */
export interface Operations<X> {
  /** Sum of the word, position and segment embeddings of every piece: (B * S, E). */
  embed(tables: { word: X; position: X; segment: X }): X;
  /** x (n, i) times kernel (i, o) plus bias (o): (n, o). */
  linear(x: X, kernel: X, bias: X): X;
  layerNorm(x: X, scale: X, offset: X, epsilon: number): X;
  activate(x: X, activation: Activation): X;
  tanh(x: X): X;
  /** Sum of two tensors of one shape. */
  sum(a: X, b: X): X;
  /** While training with a rate above 0: zeros with that probability, the rest made larger. */
  dropout(x: X, rate: number): X;
  /** Attention of q (B * S, H) over k, v (B * S, H): (B * S, H). */
  attention(q: X, k: X, v: X, settings: AttentionSettings): X;
  /** Attention of one row a text, q (B, H), over x (B * S, H): (B, H). */
  rowAttention(q: X, x: X, weights: FoldedWeights<X>, settings: AttentionSettings): X;
  /** Row 0 of each text of x (B * S, w): (B, w). */
  firstRows(x: X): X;
  /** The mean row of each text of x (B * S, w): (B, w). */
  meanRows(x: X): X;
  /** x (B * S, w) with zeros at padding. */
  withoutPadding(x: X): X;
  /** Each row of x (B * S, w) beside the next span - 1 rows of its text: (B * S, span * w). */
  windows(x: X, span: number): X;
  /** The largest positive value over the windows of `span` pieces: (B * S, w) to (B, w). */
  maxOverTime(x: X, span: number): X;
  /** a (n, u) beside b (n, w): (n, u + w). */
  beside(a: X, b: X): X;
  /** The wide part: sums of rows of `table` (K, C) for each text's n-grams: (B, C). */
  sumOfNgrams(table: X): X;
  /** Runs a part of the model; what only its gradient needs is kept, the rest freed. */
  scope(part: () => X): X;
}

export interface AttentionSettings {
  readonly heads: number;
  /** Rate of the dropout of the attention weights. */
  readonly dropout: number;
}
