import type { Node } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import { type Activation, TANH_CUBIC, TANH_SCALE } from "./elementwise.js";

/** `activate` of elementwise.ts. */
export function activate(tape: Tape, x: Shaped, activation: Activation): Shaped {
  const g = tape.graph;
  if (activation !== "relu") return gelu(tape, x, activation);
  return tape.record([x], g.relu(x), x.shape, (dy) => [g.mul(dy, g.step(x))]);
}

function gelu(tape: Tape, x: Shaped, form: "gelu" | "gelu-tanh"): Shaped {
  const g = tape.graph;
  const cdf = normalCdf(tape, x, form);
  return tape.record([x], g.mul(x, cdf), x.shape, (dy) => [
    g.mul(dy, g.add(cdf, g.mul(x, normalDensity(tape, x, cdf, form)))),
  ]);
}

function normalCdf({ graph: g }: Tape, x: Node, form: "gelu" | "gelu-tanh"): Node {
  if (form === "gelu") return g.mul(g.add(g.erf(g.mul(x, Math.SQRT1_2)), 1), 0.5);
  // (1 + tanh u) / 2 is the logistic function of 2 u.
  const cubic = g.add(g.mul(g.square(x), 2 * TANH_SCALE * TANH_CUBIC), 2 * TANH_SCALE);
  return g.sigmoid(g.mul(x, cubic));
}

function normalDensity({ graph: g }: Tape, x: Node, cdf: Node, form: "gelu" | "gelu-tanh"): Node {
  if (form === "gelu") return g.mul(g.exp(g.mul(g.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const slope = g.add(g.mul(g.square(x), 6 * TANH_SCALE * TANH_CUBIC), 2 * TANH_SCALE);
  return g.mul(g.mul(cdf, g.sub(1, cdf)), slope);
}

/** `tanh` of elementwise.ts. */
export function tanh(tape: Tape, x: Shaped): Shaped {
  const g = tape.graph;
  const y = g.tanh(x);
  return tape.record([x], y, x.shape, (dy) => [g.mul(dy, g.sub(1, g.square(y)))]);
}

/** `sum` of elementwise.ts. */
export function sum(tape: Tape, a: Shaped, b: Shaped): Shaped {
  return tape.record([a, b], tape.graph.add(a, b), a.shape, (dy) => [dy, dy]);
}

/** `scaleBy` of elementwise.ts. */
export function scaleBy(tape: Tape, x: Shaped, multipliers: Node): Shaped {
  const g = tape.graph;
  return tape.record([x], g.mul(x, multipliers), x.shape, (dy) => [g.mul(dy, multipliers)]);
}
