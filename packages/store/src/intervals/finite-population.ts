/** Rows of a population that were drawn at random without repetition, and how many of them are wrong. */
export interface Draw {
  /** Rows of the population. */
  readonly rows: number;
  readonly drawn: number;
  readonly wrong: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The error that a two-sided 95 % interval allows. */
export const ALPHA = 0.05;

/**
 * Bounds of the number of wrong rows in the population: those of Clopper and Pearson (1934) for the
 * hypergeometric distribution, which knows that the population is finite (Buonaccorsi 1987). A number
 * is within them unless so few, or so many, wrong rows as were drawn have at most half of `alpha`'s
 * probability. They hold the truth with at least 1 - `alpha`; both are the truth where all was drawn.
 */
export function wrongRows({ rows, drawn, wrong }: Draw, alpha = ALPHA): Bounds {
  const most = rows - (drawn - wrong);
  const tail = alpha / 2;
  return {
    low: smallest(wrong, most, (all) => 1 - below(wrong, { rows, drawn, wrong: all }) > tail),
    high:
      smallest(
        wrong,
        most + 1,
        (all) => all > most || below(wrong + 1, { rows, drawn, wrong: all }) <= tail,
      ) - 1,
  };
}

/** The smallest integer of [from, to] for which `holds`, which holds from some integer on up to `to`. */
function smallest(from: number, to: number, holds: (value: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The probability of fewer than `count` wrong rows among the drawn ones; `wrong` is the population's. */
function below(count: number, { rows, drawn, wrong }: Draw): number {
  const first = Math.max(0, drawn - (rows - wrong));
  const last = Math.min(drawn, wrong);
  if (count <= first) return 0;
  if (count > last) return 1;
  // The shorter tail is summed: its terms fall from its end on.
  const mean = (drawn * wrong) / rows;
  const term = (x: number) => Math.exp(logTerm(x, { rows, drawn, wrong }));
  let sum = 0;
  if (count - 1 <= mean) {
    let p = term(count - 1);
    for (let x = count - 1; x >= first && p > 0; x--) {
      sum += p;
      if (p < sum * Number.EPSILON) break;
      p *= (x * (rows - wrong - drawn + x)) / ((wrong - x + 1) * (drawn - x + 1));
    }
    return Math.min(1, sum);
  }
  let p = term(count);
  for (let x = count; x <= last && p > 0; x++) {
    sum += p;
    if (p < sum * Number.EPSILON) break;
    p *= ((wrong - x) * (drawn - x)) / ((x + 1) * (rows - wrong - drawn + x + 1));
  }
  return Math.max(0, 1 - sum);
}

/** The logarithm of the hypergeometric probability of x wrong rows among the drawn ones. */
const logTerm = (x: number, { rows, drawn, wrong }: Draw): number =>
  logChoose(wrong, x) + logChoose(rows - wrong, drawn - x) - logChoose(rows, drawn);

const logChoose = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k);

const SMALL = Float64Array.from({ length: 32 }, () => 0);
for (let n = 2; n < SMALL.length; n++) SMALL[n] = SMALL[n - 1]! + Math.log(n);

/** Stirling's series, whose next term is below 1e-14 from 32 on. */
function logFactorial(n: number): number {
  if (n < SMALL.length) return SMALL[n]!;
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}
