import type {
  ExperimentCell,
  ExperimentFigures,
  ExperimentParams,
  ExperimentSummary,
  MeanOverSeeds,
} from "@winnow/contracts";

/** Means over the seeds, one entry for each noise, rate and pruning with a finished run. */
export function summarize(
  { prunings }: Pick<ExperimentParams, "prunings">,
  cells: readonly ExperimentCell[],
): ExperimentSummary[] {
  const groups = new Map<string, ExperimentCell[]>();
  for (const cell of cells) {
    if (!cell.figures) continue;
    const key = `${cell.noise} ${cell.rate}`;
    const group = groups.get(key);
    if (group) group.push(cell);
    else groups.set(key, [cell]);
  }
  return [...groups.values()].flatMap((group) =>
    prunings.map(({ method, order }, pruning) => {
      const { noise, type, rate } = group[0]!;
      const figures = group.flatMap((cell) => cell.figures![pruning] ?? []);
      return { noise, type, rate, pruning, method, order, ...means(figures) };
    }),
  );
}

/** Of a summary, all that its runs say. */
type Means = Pick<
  ExperimentSummary,
  | "seeds"
  | "flagged"
  | "noiseRate"
  | "precision"
  | "recall"
  | "f1"
  | "averagePrecision"
  | "totalVariation"
  | "noiseRateError"
>;

function means(figures: readonly ExperimentFigures[]): Means {
  const share = (of: (one: ExperimentFigures) => number | null) =>
    meanOverSeeds(
      figures.map(of).filter((value) => value !== null),
      { min: 0, max: 1 },
    );
  return {
    seeds: figures.length,
    flagged: meanOverSeeds(
      figures.map(({ flagged }) => flagged),
      { min: 0 },
    )!,
    noiseRate: share(({ noiseRate }) => noiseRate)!,
    precision: share(({ precision }) => precision),
    recall: share(({ recall }) => recall),
    f1: share(({ f1 }) => f1),
    averagePrecision: share(({ averagePrecision }) => averagePrecision),
    totalVariation: share(({ totalVariation }) => totalVariation),
    noiseRateError: meanOverSeeds(
      figures.map(({ noiseRate, estimatedNoiseRate }) => estimatedNoiseRate - noiseRate),
      { min: -1, max: 1 },
    )!,
  };
}

/**
 * Mean and 95 % interval of the mean: mean -+ t s / sqrt(n), with s the standard deviation and t
 * Student's quantile of n - 1 degrees of freedom, cut off where the figure itself ends.
 */
export function meanOverSeeds(
  values: readonly number[],
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = {},
): MeanOverSeeds | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, low: null, high: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = studentQuantile(n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, low: Math.max(min, mean - half), high: Math.min(max, mean + half) };
}

/** Student's t at 0.975, by degrees of freedom from 1. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];

/** Above the table by three terms of its expansion around the normal quantile z. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return QUANTILES[freedom - 1] ?? z + first / freedom + second / freedom ** 2;
}
