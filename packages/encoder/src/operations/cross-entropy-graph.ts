import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";

/** `crossEntropy` of cross-entropy.ts. Rows of targets sum to 1, as TensorFlow's own takes them. */
export function crossEntropy(tape: Tape, logits: Node, targets: Node, shares: Node): Shaped {
  const g = tape.graph;
  const [losses, dLosses] = g.softmaxCrossEntropy(logits, targets); // (B), (B, C)
  return tape.record([logits], g.sum(g.mul(losses, shares), 0), [], (dy) => [
    g.mul(g.mul(dLosses, g.reshape(shares, [-1, 1])), dy), // (B, C)
  ]);
}
