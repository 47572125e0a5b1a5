import type { Node, Side } from "../graph/graph.js";
import type { Shaped, Tape } from "../graph/tape.js";
import { scaleBy } from "./elementwise-graph.js";

/** The graph form of `DropoutMasks`: draws anew at each call, by the `seed` (2) that it is given. */
export class GraphDropout {
  #drawn = 0;

  constructor(
    readonly tape: Tape,
    readonly seed: Node,
  ) {}

  mask(shape: readonly Side[], rate: number): Node {
    const g = this.tape.graph;
    const own = g.add(this.seed, g.sides([0, ++this.#drawn])); // (2), wraps around
    const dropped = g.cast(g.less(g.uniform(shape, own), rate));
    return g.mul(g.sub(1, dropped), 1 / (1 - rate));
  }

  apply(x: Shaped, shape: readonly Side[], rate: number): Shaped {
    return scaleBy(this.tape, x, this.mask(shape, rate));
  }
}
