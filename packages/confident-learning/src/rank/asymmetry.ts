/**
 * How one-sided mistakes are, from the counts of (given, predicted), (k, k). Over pairs of classes,
 * with r and q the shares of one that is given as the other, the squares of r - q against those of
 * r + q, both without what chance alone makes of them: 0 where classes are mistaken for each other
 * alike, towards 1 where it goes one way only.
 */
export function asymmetry(confusion: Float64Array, k: number): number {
  const predicted = new Float64Array(k);
  for (let g = 0; g < k; g++) {
    for (let j = 0; j < k; j++) predicted[j]! += confusion[g * k + j]!;
  }
  for (let j = 0; j < k; j++) predicted[j] = Math.max(1, predicted[j]!);
  let differences = 0;
  let sums = 0;
  for (let i = 0; i < k; i++) {
    for (let j = i + 1; j < k; j++) {
      const ij = confusion[i * k + j]!;
      const ji = confusion[j * k + i]!;
      const mi = predicted[i]!;
      const mj = predicted[j]!;
      const r = ij / mj;
      const q = ji / mi;
      const chance = ij / (mj * mj) + ji / (mi * mi);
      const weight = (mi * mj) / (mi + mj);
      differences += weight * ((r - q) * (r - q) - chance);
      sums += weight * ((r + q) * (r + q) - chance);
    }
  }
  return sums > 0 ? Math.max(0, differences / sums) : 0;
}
