import { uniform } from "../generated/uniform.js";

// Token rows as long as the real titles (median 23 characters, p95 33, p99 40), from a Zipf
// vocabulary of 4,500 pieces, with 428 classes: the same numbers for every program measured.
export const VOCABULARY = 4500;
export const CLASSES = 428;

/** `rows` texts as a token table with labels, seeded. */
export function makeTexts(rows: number, seed = 1) {
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const ids: number[] = [];
  const offsets = [0];
  const labels: number[] = [];
  for (let row = 0; row < rows; row++) {
    const length = Math.min(62, Math.max(4, Math.round(22.6 + 6.8 * normal())));
    ids.push(2);
    for (let i = 0; i < length; i++) ids.push(5 + Math.floor((VOCABULARY - 5) ** next()) - 1);
    ids.push(3);
    offsets.push(ids.length);
    labels.push(Math.floor(next() * CLASSES));
  }
  return {
    ids: Int32Array.from(ids),
    offsets: Int32Array.from(offsets),
    labels: Int32Array.from(labels),
  };
}
