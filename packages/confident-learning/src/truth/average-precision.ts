/**
 * Average precision of a ranking, most suspicious first: the sum over distinct scores of the share
 * of all wrong rows that have this score, times the precision down to and including it. Equal
 * scores are one step, so the order of the rows never matters. `wrong` and `right` are the
 * suspicions of the wrong and the right rows and are sorted in place. Returns null if no row is
 * wrong.
 */
export function averagePrecision(wrong: Float64Array, right: Float64Array): number | null {
  if (wrong.length === 0) return null;
  wrong.sort();
  right.sort();
  let sum = 0;
  let found = 0;
  let passed = 0;
  while (found < wrong.length) {
    const score = wrong[wrong.length - 1 - found]!;
    const before = found;
    while (found < wrong.length && wrong[wrong.length - 1 - found]! === score) found += 1;
    while (passed < right.length && right[right.length - 1 - passed]! >= score) passed += 1;
    sum += (found - before) * (found / (found + passed));
  }
  return sum / wrong.length;
}
