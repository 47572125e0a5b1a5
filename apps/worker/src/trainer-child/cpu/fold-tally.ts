import type { FoldMetrics } from "@winnow/store";
import { MADE_BY } from "../../trainer/made-by.js";

const SMALLEST_P = 1e-12;

/** Accuracy and log loss of a fold's held-out rows, against the given labels. */
export class FoldTally {
  #rows = 0;
  #right = 0;
  #loss = 0;

  /** Adds the row whose k probabilities begin at `at`. */
  add(probs: Float32Array, at: number, k: number, label: number): void {
    let argmax = 0;
    for (let c = 1; c < k; c++) if (probs[at + c]! > probs[at + argmax]!) argmax = c;
    this.#rows += 1;
    if (argmax === label) this.#right += 1;
    this.#loss -= Math.log(Math.max(probs[at + label]!, SMALLEST_P));
  }

  /** `rows` are those of the whole dataset. */
  figures(
    rows: number,
    { seconds, backend }: Pick<FoldMetrics, "seconds" | "backend">,
  ): FoldMetrics {
    return {
      trainRows: rows - this.#rows,
      testRows: this.#rows,
      accuracy: this.#rows > 0 ? this.#right / this.#rows : 0,
      loss: this.#rows > 0 ? this.#loss / this.#rows : 0,
      epochs: [],
      seconds,
      backend: { ...MADE_BY, ...backend },
    };
  }
}
