import { type ProbabilitySource, softLabels, type Transition } from "@winnow/confident-learning";
import type { Targets } from "@winnow/linear";

/** Classes kept of each row: more of a posterior change nothing. */
const TOP = 10;

/** The posterior of every row as targets: its likeliest classes, in the order of classes. */
export async function readPosterior(
  source: ProbabilitySource,
  transition: Transition,
): Promise<Targets> {
  const { n, k } = source;
  const top = Math.min(TOP, k);
  const classes = new Uint16Array(n * top);
  const weights = new Float32Array(n * top);
  const places = Array.from({ length: top }, (_, i) => i);
  for await (const block of softLabels(source, transition, { top })) {
    for (let row = 0; row < block.rows; row++) {
      const from = row * top;
      const to = (block.start + row) * top;
      places.sort((a, b) => block.classes[from + a]! - block.classes[from + b]!);
      places.forEach((place, i) => {
        classes[to + i] = block.classes[from + place]!;
        weights[to + i] = block.probabilities[from + place]!;
      });
    }
  }
  return {
    count: n,
    most: top,
    read(row, found, shares) {
      let count = 0;
      for (let at = row * top; at < (row + 1) * top; at++) {
        if (weights[at]! <= 0) continue;
        found[count] = classes[at]!;
        shares[count++] = weights[at]!;
      }
      return count;
    },
  };
}
