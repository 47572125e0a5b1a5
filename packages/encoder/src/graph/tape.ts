import type { Graph, Node } from "./graph.js";

/** A tensor of the graph whose shape is known but for the sides of the batch, which are -1. */
export interface Shaped extends Node {
  readonly shape: readonly number[];
}

interface Step {
  readonly inputs: readonly Node[];
  readonly value: Node;
  readonly backward: (dy: Node) => readonly Node[];
}

/** The operations of a forward pass with their gradients, so that these can be chained backwards. */
export class Tape {
  readonly #steps: Step[] = [];

  constructor(readonly graph: Graph) {}

  /** Notes an operation with its result's shape; `backward` returns one gradient an input. */
  record(
    inputs: readonly Node[],
    value: Node,
    shape: readonly number[],
    backward: (dy: Node) => readonly Node[],
  ): Shaped {
    this.#steps.push({ inputs, value, backward });
    return { ...value, shape };
  }

  /** Gradients by ref of every tensor that `last`, whose own gradient is `dLast`, depends on. */
  gradients(last: Node, dLast: Node): Map<string, Node> {
    const parts = new Map<string, Node[]>([[last.ref, [dLast]]]);
    for (const { inputs, value, backward } of this.#steps.toReversed()) {
      const dy = parts.get(value.ref);
      if (dy === undefined) continue;
      const sum = this.graph.addN(dy);
      parts.set(value.ref, [sum]);
      backward(sum).forEach((gradient, i) => {
        const key = inputs[i]!.ref;
        parts.set(key, [...(parts.get(key) ?? []), gradient]);
      });
    }
    return new Map([...parts].map(([ref, found]) => [ref, this.graph.addN(found)]));
  }
}
