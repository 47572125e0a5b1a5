import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";

/**
 * `crossEntropy` of cross-entropy.ts. TensorFlow's own operation for it has no deterministic form on a
 * GPU, and refuses TF_DETERMINISTIC_OPS.
 */
export function crossEntropy(tape: Tape, logits: Node, targets: Node, shares: Node): Shaped {
  const g = tape.graph;
  const logP = g.logSoftmax(logits); // (B, C)
  const picked = g.sum(g.mul(targets, logP), 1); // (B)
  const loss = g.sub(0, g.sum(g.mul(picked, shares), 0)); // ()
  return tape.record([logits], loss, [], (dy) => {
    const dLosses = g.sub(g.exp(logP), targets); // (B, C)
    return [g.mul(g.mul(dLosses, g.reshape(shares, [-1, 1])), dy)]; // (B, C)
  });
}
