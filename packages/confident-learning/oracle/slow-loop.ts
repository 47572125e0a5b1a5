// The specification line by line, for tests: plain arrays, one loop after another, no code shared
// with src. Slow on purpose. Section numbers refer to the specification of confident learning.

export interface SlowInput {
  readonly labels: readonly number[];
  /** (n, k), already within [0, 1]. */
  readonly probs: readonly (readonly number[])[];
  readonly k: number;
  readonly single: boolean;
}

export interface SlowOptions {
  readonly semantics: "cleanlab-1.0.1" | "cleanlab-2";
  readonly method: string;
  readonly order: string;
  readonly adjust: boolean;
  readonly fracNoise: number;
  readonly removals: readonly number[] | undefined;
  readonly keep: number | undefined;
  readonly paper: boolean;
  readonly calibrated: boolean;
  readonly float32: boolean;
  readonly posteriorCount: "prune_by_noise_rate" | "argmax";
  readonly posteriorCut: number | undefined;
  readonly errorOddsCut: number | undefined;
}

export interface SlowAnswer {
  readonly thresholds: number[];
  readonly raw: number[][];
  readonly calibrated: number[][];
  readonly indices: number[];
  readonly prunedBeforeAgreement: number;
  readonly labelIssues: number;
  readonly errorProbability: number[];
  readonly suggested: number[];
  readonly suggestedProbability: number[];
  readonly errorOdds: number[];
}

type Matrix = number[][];

export function slowLoop(input: SlowInput, options: SlowOptions): SlowAnswer {
  const { labels, probs, k, single } = input;
  const n = labels.length;
  const f = single ? Math.fround : (x: number) => x;
  const counts = range(k).map((c) => labels.filter((s) => s === c).length);
  const second = options.semantics === "cleanlab-2" || counts.includes(0);
  const keep = options.keep ?? (second ? 1 : 5);
  const float32 = single || options.float32;

  const thresholds = slowThresholds(input, counts, second);
  const { raw, guess } = slowJoint(input, thresholds, options.paper);
  if (second) for (const c of range(k)) raw[c]![c] = Math.max(1, raw[c]![c]!);
  const calibrated = slowCalibrate(raw, counts, n);

  // The posterior uses the joint of cleanlab 2 whatever the semantics.
  const other = slowJoint(input, slowThresholds(input, counts, true), options.paper).raw;
  for (const c of range(k)) other[c]![c] = Math.max(1, other[c]![c]!);
  const posterior = slowPosterior(input, slowCalibrate(other, counts, n));

  const errorOdds = slowErrorOdds(input, counts, options.paper);

  const argmax = probs.map((row) => firstMax(row));
  const agrees = (i: number) => {
    if (!second) return argmax[i] === labels[i];
    const row = [...probs[i]!];
    row[labels[i]!] = f(row[labels[i]!]! + f(1e-6));
    return firstMax(row) === labels[i];
  };
  const offDiagonal = range(n).filter((i) => guess[i]! >= 0 && guess[i] !== labels[i]);
  const labelIssues = offDiagonal.filter((i) => !agrees(i)).length;
  const prunable = (c: number) => counts[c]! > (second ? Math.max(1, keep) : keep);

  const noiseRate = (joint: Matrix): Set<number> => {
    const q = slowPruneCounts(joint, counts, keep, options);
    const p = float32 ? probs.map((row) => row.map(Math.fround)) : probs;
    const flagged = new Set<number>();
    for (const c of range(k).filter(prunable)) {
      const rows = range(n).filter((i) => labels[i] === c);
      for (const j of range(k)) {
        if (j === c || !(q[j]![c]! > 0)) continue;
        const g = float32 ? Math.fround : (x: number) => x;
        const margin = (i: number) => g(p[i]![j]! - p[i]![c]!);
        const sorted = stable(rows, (i) => -margin(i));
        const many = Math.min(q[j]![c]!, rows.length);
        if (second) for (const i of sorted.slice(0, many)) flagged.add(i);
        else {
          const cut = margin(sorted[many - 1]!);
          for (const i of rows) if (margin(i) >= cut) flagged.add(i);
        }
      }
    }
    return flagged;
  };
  const byClass = (): Set<number> => {
    const q = slowPruneCounts(options.calibrated ? calibrated : raw, counts, keep, options);
    const g = float32 ? Math.fround : (x: number) => x;
    const self = (i: number) => g(probs[i]![labels[i]!]!);
    const flagged = new Set<number>();
    for (const c of range(k).filter(prunable)) {
      const rows = stable(
        range(n).filter((i) => labels[i] === c),
        self,
      );
      const e = Math.min(counts[c]! - q[c]![c]!, counts[c]!);
      if (e <= 0) continue;
      if (second) for (const i of rows.slice(0, e)) flagged.add(i);
      else {
        const rank = e < rows.length ? self(rows[e]!) : Number.POSITIVE_INFINITY;
        for (const i of rows) if (self(i) < rank) flagged.add(i);
      }
    }
    return flagged;
  };
  const confusion = () => {
    const matrix = zeros(k);
    range(n).forEach((i) => {
      matrix[labels[i]!]![argmax[i]!]! += 1;
    });
    return matrix;
  };
  const lowest = (score: (i: number) => number, many: number) =>
    new Set(stable(range(n), score).slice(0, many));
  const halfMargin = (row: readonly number[], s: number) => {
    const best = Math.max(...row.filter((_, j) => j !== s));
    return f(f(f(row[s]! - best) + 1) / 2);
  };

  const joint = options.calibrated ? calibrated : raw;
  let filter = true;
  let chosen: Set<number>;
  switch (options.method) {
    case "prune_by_noise_rate":
      chosen = noiseRate(joint);
      break;
    case "prune_by_class":
      chosen = byClass();
      break;
    case "both": {
      const classes = byClass();
      chosen = new Set([...noiseRate(joint)].filter((i) => classes.has(i)));
      break;
    }
    case "confusion":
      chosen = noiseRate(confusion());
      break;
    case "calibrated_confusion":
      chosen = noiseRate(slowCalibrate(confusion(), counts, n));
      break;
    case "confident_learning":
      chosen = new Set(offDiagonal);
      break;
    case "argmax":
    case "predicted_neq_given":
      chosen = new Set(range(n).filter((i) => argmax[i] !== labels[i]));
      break;
    case "low_self_confidence":
      chosen = lowest((i) => probs[i]![labels[i]!]!, labelIssues);
      filter = false;
      break;
    case "low_normalized_margin":
      chosen = lowest((i) => halfMargin(probs[i]!, labels[i]!), labelIssues);
      filter = false;
      break;
    default: {
      filter = false;
      const odds = options.method === "error_odds";
      const error = (i: number) => (odds ? errorOdds : posterior.errorProbability)[i]!;
      const cut = odds ? options.errorOddsCut : options.posteriorCut;
      if (cut !== undefined) {
        chosen = new Set(range(n).filter((i) => error(i) >= cut));
        break;
      }
      const many =
        options.posteriorCount === "argmax"
          ? range(n).filter((i) => argmax[i] !== labels[i]).length
          : [...noiseRate(joint)].filter((i) => !agrees(i)).length;
      chosen = lowest((i) => -error(i), many);
    }
  }
  const flagged = range(n).filter((i) => chosen.has(i) && !(filter && agrees(i)));

  const scoreOf = (i: number): number => {
    const s = labels[i]!;
    if (options.order === "none") return 0;
    if (options.order === "error_odds") return -errorOdds[i]!;
    if (options.order === "posterior") return -posterior.errorProbability[i]!;
    if (options.order === "confidence_weighted_entropy") return slowEntropy(probs[i]!, s, f);
    const row = options.adjust ? slowAdjusted(probs[i]!, thresholds, f) : probs[i]!;
    if (options.order !== "normalized_margin") return row[s]!;
    if (second || options.adjust) return halfMargin(row, s);
    return f(row[s]! - Math.max(...row));
  };
  return {
    thresholds,
    raw,
    calibrated,
    indices: stable(flagged, scoreOf),
    prunedBeforeAgreement: chosen.size,
    labelIssues,
    errorOdds,
    ...posterior,
  };
}

/** Class thresholds: the mean P of each class's own rows, in cleanlab 2 with a floor. */
function slowThresholds(input: SlowInput, counts: number[], second: boolean): number[] {
  const { labels, probs, single } = input;
  const f = single ? Math.fround : (x: number) => x;
  return counts.map((count, c) => {
    if (count === 0) return 2;
    const own = labels.flatMap((s, i) => (s === c ? [probs[i]![c]!] : []));
    const mean = f(numpySum(own, f) / count);
    return second ? Math.max(mean, f(2e-6)) : mean;
  });
}

/** The raw confident joint: row = given, column = confident guess. */
function slowJoint(input: SlowInput, thresholds: number[], paper: boolean) {
  const { labels, probs, k, single } = input;
  const f = single ? Math.fround : (x: number) => x;
  const raw = zeros(k);
  const guess = labels.map((s, i) => {
    const row = probs[i]!;
    const confident = range(k).filter((c) => row[c]! >= f(thresholds[c]! - f(1e-6)));
    if (confident.length === 0) return -1;
    let g = confident[0]!;
    if (confident.length > 1) {
      g = paper ? confident[firstMax(confident.map((c) => row[c]!))]! : firstMax(row);
    }
    raw[s]![g]! += 1;
    return g;
  });
  return { raw, guess };
}

/** Calibration: row s sums to the class's count and the matrix to n. */
function slowCalibrate(raw: Matrix, counts: number[], n: number): Matrix {
  return slowScaled(raw, counts, n).map(slowRound);
}

function slowScaled(raw: Matrix, counts: number[], n: number): Matrix {
  const scaled = raw.map((row, s) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((c) => (sum === 0 ? 0 : (c / sum) * counts[s]!));
  });
  const scale = n / numpySum(scaled.flat());
  return scaled.map((row) => row.map((x) => x * scale));
}

/** Rounds to integers that keep the row's total. */
function slowRound(row: number[]): number[] {
  const rint = (x: number) => {
    const nearest = Math.round(x);
    return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : nearest;
  };
  const rounded = row.map(rint);
  const goal = rint(numpySum(row));
  let total = rounded.reduce((a, b) => a + b, 0);
  while (total !== goal) {
    const d = goal - total;
    const ascending = stable(range(row.length), (j) => row[j]! - rounded[j]!);
    const chosen = (d > 0 ? ascending.reverse() : ascending).slice(0, Math.abs(d));
    for (const j of chosen) rounded[j]! += Math.sign(d);
    total = rounded.reduce((a, b) => a + b, 0);
  }
  return rounded;
}

/** How many rows to prune per cell: row = true, column = given. */
function slowPruneCounts(
  joint: Matrix,
  counts: number[],
  keep: number,
  options: SlowOptions,
): Matrix {
  const k = counts.length;
  const m = range(k).map((j) => range(k).map((c) => joint[c]![j]!));
  for (const c of range(k)) {
    const column = m.map((row) => row[c]!);
    const diagonal = Math.max(column[c]!, keep);
    const diff = diagonal - column[c]!;
    const z = Math.max(column.filter((x) => x !== 0).length - 1, 1);
    range(k).forEach((j) => {
      m[j]![c] = j === c ? diagonal : Math.max(column[j]! - diff / z, 0);
    });
  }
  for (const c of range(k)) {
    const column = m.map((row) => row[c]!);
    const reduced = column.map((x, j) => (j === c ? x : x * options.fracNoise));
    reduced[c]! += numpySum(column.map((x, j) => x - reduced[j]!));
    range(k).forEach((j) => {
      m[j]![c] = Math.trunc(reduced[j]!);
    });
  }
  const { removals } = options;
  if (removals === undefined) return m;
  const rowSums = m.map((row) => numpySum(row));
  return m.map((row, a) => {
    const psy = row.map((x, b) => (rowSums[b] === 0 ? 0 : x / rowSums[b]!));
    const noise = numpySum(psy) - psy[a]!;
    const target = psy.map((x) => (noise === 0 ? 0 : (x * removals[a]!) / noise));
    target[a] = counts[a]! - removals[a]!;
    return slowRound(target);
  });
}

/** The posterior of docs/explanation/methods.md. */
function slowPosterior(input: SlowInput, joint: Matrix) {
  const { labels, probs, k } = input;
  const columnSums = range(k).map((j) => joint.reduce((sum, row) => sum + row[j]!, 0));
  const t = joint.map((row) => row.map((x, j) => (x === 0 ? 0 : x / columnSums[j]!)));
  const errorProbability: number[] = [];
  const suggested: number[] = [];
  const suggestedProbability: number[] = [];
  labels.forEach((s, i) => {
    let w = probs[i]!.map((p, j) => p * t[s]![j]!);
    // if every product is 0, P itself; if that is 0 too, nothing is known about the row
    if (w.every((x) => x === 0)) w = [...probs[i]!];
    if (w.every((x) => x === 0)) w = w.map(() => 1);
    const sum = w.reduce((a, b) => a + b, 0);
    errorProbability.push(1 - w[s]! / sum);
    suggested.push(firstMax(w));
    suggestedProbability.push(w[firstMax(w)]! / sum);
  });
  return { errorProbability, suggested, suggestedProbability };
}

/** The order `error_odds` of docs/explanation/methods.md. */
function slowErrorOdds(input: SlowInput, counts: number[], paper: boolean): number[] {
  const { labels, k } = input;
  const n = labels.length;
  const clipped = input.probs.map((row) => row.map((p) => Math.max(Math.min(p, 1), 1e-9)));
  const p = clipped.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((x) => x / sum);
  });
  const exact = { labels, probs: p, k, single: false };
  const joint = slowJoint(exact, slowThresholds(exact, counts, true), paper).raw;
  for (const c of range(k)) joint[c]![c] = Math.max(1, joint[c]![c]!);
  const scaled = slowScaled(joint, counts, n);
  const total = scaled.flat().reduce((a, b) => a + b, 0);
  const kept = range(k).reduce((sum, c) => sum + scaled[c]![c]!, 0);
  const epsilon = Math.min(Math.max(1 - kept / total, 0.01), 0.5);
  let t = range(k).map((g) => range(k).map((j) => (g === j ? 1 - epsilon : epsilon / (k - 1))));
  for (const _ of range(3)) {
    const sums = zeros(k);
    labels.forEach((s, i) => {
      const w = clipped[i]!.map((x, j) => x * t[s]![j]!);
      const sum = w.reduce((a, b) => a + b, 0);
      w.forEach((x, j) => {
        sums[s]![j]! += x / sum;
      });
    });
    const columns = range(k).map((j) => sums.reduce((sum, row) => sum + row[j]!, 0));
    t = sums.map((row) => row.map((x, j) => x / columns[j]!));
  }
  const weight = Math.min(1, 8 * slowAsymmetry(p, labels, k));
  const log = (x: number) => Math.log(Math.max(x, 1e-300));
  return labels.map((s, i) => {
    const row = clipped[i]!;
    const others = range(k).filter((j) => j !== s);
    const plain = log(others.reduce((sum, j) => sum + row[j]!, 0) / row[s]!);
    const seen = others.reduce((sum, j) => sum + row[j]! * t[s]![j]!, 0);
    return (1 - weight) * plain + weight * (log(seen) - log(row[s]! * t[s]![s]!));
  });
}

function slowAsymmetry(p: Matrix, labels: readonly number[], k: number): number {
  const counts = zeros(k);
  labels.forEach((s, i) => {
    counts[s]![firstMax(p[i]!)]! += 1;
  });
  const m = range(k).map((j) =>
    Math.max(
      1,
      counts.reduce((sum, row) => sum + row[j]!, 0),
    ),
  );
  let above = 0;
  let below = 0;
  for (const i of range(k)) {
    for (const j of range(k).slice(i + 1)) {
      const r = counts[i]![j]! / m[j]!;
      const q = counts[j]![i]! / m[i]!;
      const v = counts[i]![j]! / (m[j]! * m[j]!) + counts[j]![i]! / (m[i]! * m[i]!);
      const w = (m[i]! * m[j]!) / (m[i]! + m[j]!);
      above += w * ((r - q) * (r - q) - v);
      below += w * ((r + q) * (r + q) - v);
    }
  }
  return below > 0 ? Math.max(0, above / below) : 0;
}

/** The score `confidence_weighted_entropy`. */
function slowEntropy(row: readonly number[], s: number, f: (x: number) => number): number {
  const terms = row.map((p) => (p > 0 ? f(p * f(Math.log(p))) : 0));
  const entropy = f(-numpySum(terms, f) / Math.log(row.length));
  const x = f(entropy / Math.max(row[s]!, f(1e-6)));
  return f(f(Math.log(f(x + 1))) / Math.max(x, f(1e-6)));
}

/** The option `adjust`: P - t + max(t), scaled to sum to 1. */
function slowAdjusted(row: readonly number[], thresholds: number[], f: (x: number) => number) {
  const moved = row.map((p, j) => f(f(p - thresholds[j]!) + Math.max(...thresholds)));
  const sum = numpySum(moved, f);
  return moved.map((p) => f(p / sum));
}

/** numpy's pairwise sum. */
export function numpySum(values: readonly number[], f = (x: number) => x): number {
  const n = values.length;
  if (n < 8) return values.reduce((sum, x) => f(sum + x), 0);
  if (n > 128) {
    const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
    return f(numpySum(values.slice(0, half), f) + numpySum(values.slice(half), f));
  }
  const whole = n - (n % 8);
  const r = values.slice(0, 8);
  for (let i = 8; i < whole; i++) r[i % 8] = f(r[i % 8]! + values[i]!);
  const pair = (a: number, b: number) => f(r[a]! + r[b]!);
  const sum = f(f(pair(0, 1) + pair(2, 3)) + f(pair(4, 5) + pair(6, 7)));
  return values.slice(whole).reduce((total, x) => f(total + x), sum);
}

function stable(rows: readonly number[], key: (row: number) => number): number[] {
  const keys = new Map(rows.map((row) => [row, key(row)]));
  return [...rows].sort((a, b) => keys.get(a)! - keys.get(b)! || a - b);
}

function firstMax(row: readonly number[]): number {
  return row.indexOf(Math.max(...row));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function zeros(k: number): Matrix {
  return range(k).map(() => range(k).map(() => 0));
}
