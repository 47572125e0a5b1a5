/** Of the row in hand: made anew only for a longer one. */
let powers = new Float64Array(0);

/**
 * Softmax of one row of logits, summed in float64, written to `out`. Returns false and leaves `out`
 * as it was where the logits are not finite numbers: a model that diverged, and the caller's error.
 * Plain loops: it runs for every row that is predicted, and a GPU waits for it.
 */
export function softmaxInto(
  row: Float32Array | Float64Array,
  out: Float32Array | Float64Array,
): boolean {
  const classes = row.length;
  if (powers.length < classes) powers = new Float64Array(classes);
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) largest = Math.max(largest, row[c]!);
  let total = 0;
  for (let c = 0; c < classes; c++) {
    const power = Math.exp(row[c]! - largest);
    powers[c] = power;
    total += power;
  }
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return false;
  for (let c = 0; c < classes; c++) out[c] = powers[c]! / total;
  return true;
}
