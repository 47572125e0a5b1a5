/**
 * What a row of numbers is that are no probabilities, with the numpy call that makes probabilities of
 * them. `row` is as it stands in the file; a single number is that of class 1 of two.
 */
export function explainRow(row: ArrayLike<number>): string {
  const values = Array.from(row);
  if (values.some((value) => Number.isNaN(value) || value === Number.POSITIVE_INFINITY)) {
    return "The row is not finite; find such rows with np.argwhere(~np.isfinite(probs)).";
  }
  const sum = sumOf(values);
  if (values.length === 1) return explainOne(values[0]!);
  if (values.every((value) => value <= 0) && isNear(sumOf(values.map(Math.exp)), 1)) {
    return "The row looks like log-probabilities; save np.exp(probs).";
  }
  if (values.every((value) => value >= 0)) {
    if (isNear(sum / 100, 1)) return "The row looks like percentages; save probs / 100.";
    if (values.every(Number.isInteger)) {
      return "The row looks like counts; save probs / probs.sum(axis=1, keepdims=True).";
    }
  }
  return (
    "The row looks like logits or other scores, which do not sum to 1; save their softmax, " +
    "scipy.special.softmax(probs, axis=1)."
  );
}

function explainOne(value: number): string {
  if (value > 1 && value <= 100) {
    return "The column looks like percentages (save probs / 100) or logits (save 1 / (1 + np.exp(-probs))).";
  }
  return "The column looks like logits; save 1 / (1 + np.exp(-probs)), the probability of class 1.";
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Within what rounding to a few digits does to a sum. */
const isNear = (value: number, wanted: number): boolean => Math.abs(value - wanted) <= 0.02;
