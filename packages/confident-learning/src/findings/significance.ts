const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
/** From here on the continued fraction is the better of the two. */
const FAR = 3;
const TERMS = 120;

/** The share of a standard normal distribution above z. */
export function upperTail(z: number): number {
  if (Number.isNaN(z)) return 1;
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp((-z * z) / 2) / ROOT_TWO_PI;
  if (z < FAR) {
    // 1/2 - density (z + z^3/3 + z^5/(3 * 5) + ...)
    let term = z;
    let sum = z;
    for (let i = 1; i < TERMS; i++) {
      term *= (z * z) / (2 * i + 1);
      sum += term;
    }
    return Math.max(0, 0.5 - density * sum);
  }
  // density / (z + 1/(z + 2/(z + 3/(z + ...))))
  let fraction = z;
  for (let i = TERMS; i > 0; i--) fraction = z + i / fraction;
  return density / fraction;
}

/** The z above which a share of a standard normal distribution lies; 0 < share <= 1/2. */
export function normalQuantile(share: number): number {
  let low = 0;
  let high = 40;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > share) low = middle;
    else high = middle;
  }
  return high;
}

/** The share of chi-square values of so many degrees of freedom above x (Wilson and Hilferty 1931). */
export function chiSquareTail(x: number, degrees: number): number {
  const spread = 2 / (9 * degrees);
  return upperTail((Math.cbrt(x / degrees) - (1 - spread)) / Math.sqrt(spread));
}

/**
 * p-values of several questions, each multiplied so that one of them falls below a level by chance as
 * seldom as a single one would (Holm 1979).
 */
export function holm(ps: readonly number[]): number[] {
  const order = Array.from(ps.keys()).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length).fill(1);
  let most = 0;
  for (const [rank, at] of order.entries()) {
    most = Math.max(most, Math.min(1, ps[at]! * (ps.length - rank)));
    adjusted[at] = most;
  }
  return adjusted;
}
