import type { EpochMetrics } from "./fold-checkpoint.js";

/** Mean log loss and accuracy of held-out probabilities (rows, C) compared with the rows' given labels. */
export function heldOut(
  probs: Float32Array,
  labels: Int32Array,
  classes: number,
): { heldOutLoss: number; heldOutAccuracy: number } {
  let loss = 0;
  let right = 0;
  labels.forEach((label, i) => {
    const own = probs.subarray(i * classes, (i + 1) * classes);
    loss -= Math.log(Math.max(own[label]!, 1e-12));
    let best = 0;
    for (let c = 1; c < classes; c++) if (own[c]! > own[best]!) best = c;
    if (best === label) right++;
  });
  return { heldOutLoss: loss / labels.length, heldOutAccuracy: right / labels.length };
}

/**
 * The index of the lowest held-out loss; the first among equals. A loss that is not finite, which a
 * resumed run reads from JSON as null, is worse than any other.
 */
export function bestEpoch(
  epochs: readonly { readonly heldOutLoss: EpochMetrics["heldOutLoss"] | null }[],
): number {
  const losses = epochs.map(({ heldOutLoss }) =>
    Number.isFinite(heldOutLoss) ? heldOutLoss! : Number.POSITIVE_INFINITY,
  );
  return losses.reduce((best, loss, i) => (loss < losses[best]! ? i : best), 0);
}
