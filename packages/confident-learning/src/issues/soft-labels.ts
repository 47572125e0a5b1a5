import { posteriorWeights, type Transition } from "../filter/posterior.js";
import { checkedRows } from "../input/probability-checks.js";
import type { ProbabilitySource } from "../input/source.js";

/** The most likely true classes of some rows: both arrays are (rows, top), most likely first. */
export interface SoftLabelBlock {
  readonly start: number;
  readonly rows: number;
  readonly top: number;
  readonly classes: Int32Array;
  readonly probabilities: Float64Array;
}

/**
 * The `top` most likely classes of every row by the posterior (docs/explanation/methods.md), in
 * the source's blocks: the soft targets of the `soft` export. `transition` is `transitionOf` a
 * result's `posteriorJoint`. Ties: the lower class first. Reads the source once.
 */
export async function* softLabels(
  source: ProbabilitySource,
  transition: Transition,
  options: { readonly top?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<SoftLabelBlock, void, void> {
  const { k } = source;
  const top = Math.min(Math.max(1, options.top ?? 5), k);
  const weights = new Float64Array(k);
  for await (const block of source.blocks()) {
    options.signal?.throwIfAborted();
    const { start, rows } = block;
    const probs = checkedRows(block.probs, 0, rows, k, start);
    const classes = new Int32Array(rows * top);
    const probabilities = new Float64Array(rows * top);
    for (let i = 0; i < rows; i++) {
      posteriorWeights(probs, i * k, block.labels[i]!, transition, weights);
      takeLargest(weights, top, classes, probabilities, i * top);
    }
    yield { start, rows, top, classes, probabilities };
  }
}

/** The most likely true classes of all rows, ascending in each: both arrays are (n, most). */
export interface SoftTargets {
  readonly most: number;
  readonly classes: Uint16Array;
  readonly weights: Float32Array;
}

/** `softLabels` in memory, in the form in which a model learns from them. Reads the source once. */
export async function softTargetsOf(
  source: ProbabilitySource,
  transition: Transition,
  options: { readonly most: number; readonly signal?: AbortSignal | undefined },
): Promise<SoftTargets> {
  const { n, k } = source;
  const most = Math.min(options.most, k);
  const classes = new Uint16Array(n * most);
  const weights = new Float32Array(n * most);
  const places = Array.from({ length: most }, (_, i) => i);
  const { signal } = options;
  for await (const block of softLabels(source, transition, {
    top: most,
    ...(signal && { signal }),
  })) {
    for (let row = 0; row < block.rows; row++) {
      const from = row * most;
      const to = (block.start + row) * most;
      places.sort((a, b) => block.classes[from + a]! - block.classes[from + b]!);
      places.forEach((place, i) => {
        classes[to + i] = block.classes[from + place]!;
        weights[to + i] = block.probabilities[from + place]!;
      });
    }
  }
  return { most, classes, weights };
}

/** The `top` largest weights in order, by insertion sort: top is small. */
function takeLargest(
  weights: Float64Array,
  top: number,
  classes: Int32Array,
  probabilities: Float64Array,
  at: number,
): void {
  let kept = 0;
  for (let j = 0; j < weights.length; j++) {
    const w = weights[j]!;
    if (kept === top && w <= probabilities[at + top - 1]!) continue;
    let place = kept < top ? kept++ : top - 1;
    while (place > 0 && probabilities[at + place - 1]! < w) {
      probabilities[at + place] = probabilities[at + place - 1]!;
      classes[at + place] = classes[at + place - 1]!;
      place -= 1;
    }
    probabilities[at + place] = w;
    classes[at + place] = j;
  }
}
