/**
 * Softmax of one row of logits, summed in float64, written to `out`. Returns false and leaves `out`
 * as it was where the logits are not finite numbers: a model that diverged, and the caller's error.
 */
export function softmaxInto(
  row: Float32Array | Float64Array,
  out: Float32Array | Float64Array,
): boolean {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of row) largest = Math.max(largest, value);
  const powers = Float64Array.from(row, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return false;
  powers.forEach((value, c) => {
    out[c] = value / total;
  });
  return true;
}
