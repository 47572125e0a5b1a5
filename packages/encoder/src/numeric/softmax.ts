import { EncoderError } from "../errors.js";

/** Softmax of one row of logits, summed in float64. */
export function softmaxInto(
  row: Float32Array | Float64Array,
  out: Float32Array | Float64Array,
): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of row) largest = Math.max(largest, value);
  const powers = Float64Array.from(row, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
    throw new EncoderError(
      "training-diverged",
      "The model's outputs are no longer numbers; train with a lower learningRate.",
    );
  }
  powers.forEach((value, c) => {
    out[c] = value / total;
  });
}
