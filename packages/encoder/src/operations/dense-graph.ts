import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";

/** `linear` of dense.ts. */
export function linear(tape: Tape, x: Node, kernel: Shaped, bias: Node): Shaped {
  const g = tape.graph;
  const y = g.biasAdd(g.matMul(x, kernel), bias); // (n, o)
  return tape.record([x, kernel, bias], y, [-1, kernel.shape[1]!], (dy) => [
    g.matMul(dy, kernel, false, true), // (n, i)
    g.matMul(x, dy, true, false), // (i, o)
    g.sum(dy, 0), // (o)
  ]);
}

/** `layerNorm` of dense.ts. */
export function layerNorm(
  tape: Tape,
  x: Shaped,
  scale: Node,
  offset: Node,
  epsilon: number,
): Shaped {
  const g = tape.graph;
  const centred = g.sub(x, g.mean(x, -1, true)); // (n, w)
  const variance = g.mean(g.square(centred), -1, true); // (n, 1)
  const inverse = g.rsqrt(g.add(variance, epsilon)); // (n, 1)
  const normal = g.mul(centred, inverse); // (n, w)
  const y = g.add(g.mul(normal, scale), offset); // (n, w)
  return tape.record([x, scale, offset], y, x.shape, (dy) => {
    const d = g.mul(dy, scale); // (n, w)
    const along = g.mul(normal, g.mean(g.mul(d, normal), -1, true)); // (n, w)
    const dx = g.mul(inverse, g.sub(g.sub(d, g.mean(d, -1, true)), along)); // (n, w)
    return [dx, g.sum(g.mul(dy, normal), 0), g.sum(dy, 0)];
  });
}
