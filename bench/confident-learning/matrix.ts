// Seeded probabilities with label noise, made a block of rows at a time.

import { uniform } from "../generated/uniform.js";

export interface MatrixOptions {
  readonly n: number;
  readonly k: number;
  readonly joint: "easy" | "dense";
  readonly seed: number;
}

const ROWS_PER_BLOCK = 2048;

/**
 * Labels and float32 probabilities of n rows over k classes, in blocks {start, rows, labels, probs}.
 * `easy`: mistakes go to a few sister classes, so the joint is sparse. `dense`: labels and
 * predictions err towards any class, so most cells of the joint are hit.
 */
export function* matrixBlocks({ n, k, joint, seed }: MatrixOptions) {
  const random = uniform(seed);
  const weights = new Float64Array(k);
  for (let start = 0; start < n; start += ROWS_PER_BLOCK) {
    const rows = Math.min(ROWS_PER_BLOCK, n - start);
    const labels = new Int32Array(rows);
    const probs = new Float32Array(rows * k);
    for (let i = 0; i < rows; i++) {
      const truth = Math.floor(random() * k);
      const other = () =>
        joint === "dense" ? Math.floor(random() * k) : (truth + 1 + Math.floor(random() * 3)) % k;
      labels[i] = random() < 0.2 ? other() : truth;
      const predicted = random() < 0.15 ? other() : truth;
      const top = joint === "dense" ? 0.1 + 0.5 * random() : 0.3 + 0.65 * random();
      let sum = 0;
      for (let j = 0; j < k; j++) {
        const u = random();
        weights[j] = u * u * u;
        sum += weights[j]!;
      }
      const share = (1 - top) / sum;
      for (let j = 0; j < k; j++) probs[i * k + j] = weights[j]! * share;
      probs[i * k + predicted]! += top;
    }
    yield { start, rows, labels, probs };
  }
}

/** The same in one piece; `shared` puts the probabilities where threads see them. */
export function matrix({ shared, ...options }: MatrixOptions & { shared: boolean }) {
  const labels = new Int32Array(options.n);
  const count = options.n * options.k;
  const probs = shared
    ? new Float32Array(new SharedArrayBuffer(4 * count))
    : new Float32Array(count);
  for (const block of matrixBlocks(options)) {
    labels.set(block.labels, block.start);
    probs.set(block.probs, block.start * options.k);
  }
  return { labels, probs };
}
