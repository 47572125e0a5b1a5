import { normalizeJoint, toRows, trace } from "../count/joint.js";
import { pooledNoise } from "../count/noise-estimate.js";
import { noiseInterval, strataOf } from "../count/noise-interval.js";
import type { FindOptions } from "../input/options.js";
import { rankedByScore } from "../rank/scores.js";
import { type HealthSummary, healthSummary } from "./health.js";
import type { LabelFlag, LabelIssues, RowScores, StageCounts } from "./label-issues.js";
import type { Warning } from "./warnings.js";

/** The result of one fold, with its own row numbers; undefined if it has only one class. */
export interface FoldIssues {
  readonly fold: number;
  readonly rows: Int32Array;
  readonly issues: LabelIssues | undefined;
  /** The class of all its rows, if there is only one. */
  readonly onlyClass: number | undefined;
}

/**
 * The folds' results as one: row numbers are those of the whole, joints and counts are sums,
 * thresholds are means weighted by the folds' class counts.
 */
export interface FoldedLabelIssues extends LabelIssues {
  readonly folds: readonly FoldIssues[];
}

/** One result from the folds' results. */
export function mergeFolds(
  folds: readonly FoldIssues[],
  warnings: readonly Warning[],
  n: number,
  k: number,
  options: FindOptions,
): FoldedLabelIssues {
  const judged = folds.flatMap(({ rows, issues }) => (issues ? [{ rows, issues }] : []));
  const sum = (matrixOf: (issues: LabelIssues) => number[][]) =>
    addedUp(
      judged.map(({ issues }) => Float64Array.from(matrixOf(issues).flat())),
      k * k,
    );
  const raw = sum((issues) => issues.confidentJointRaw);
  const calibrated = sum((issues) => issues.confidentJoint);
  const distribution = normalizeJoint(options.calibrated === false ? raw : calibrated);
  const counts = addedCounts(
    judged.map(({ issues }) => issues.counts),
    n,
  );
  const { order, foldOf, rankOf } = mergedOrder(judged, options.order === "none");
  const flagAt = (at: number): LabelFlag => {
    const place = order[at]!;
    const { rows, issues } = judged[foldOf[place]!]!;
    const flag = issues.flagAt(rankOf[place]!);
    return { ...flag, index: rows[flag.index]!, rank: at + 1 };
  };
  const noiseRate = judged.length === 0 ? 0 : 1 - trace(distribution, k);
  let flags: readonly LabelFlag[] | undefined;
  let health: HealthSummary | undefined;
  let everyRow: RowScores | undefined;
  return {
    n,
    k,
    folds,
    indices: Int32Array.from(order, (_, at) => flagAt(at).index),
    scores: Float64Array.from(
      order,
      (place) => judged[foldOf[place]!]!.issues.scores[rankOf[place]!]!,
    ),
    get flags() {
      flags ??= Array.from(order, (_, at) => flagAt(at));
      return flags;
    },
    flagAt,
    get offDiagonalRows() {
      const rows = judged.map((fold) => fold.issues.offDiagonalRows.map((row) => fold.rows[row]!));
      return Int32Array.from(rows.flatMap((part) => [...part])).sort();
    },
    thresholds: meanThresholds(
      judged.map(({ issues }) => issues),
      k,
    ),
    classCounts: Int32Array.from(
      addedUp(
        judged.map(({ issues }) => Float64Array.from(issues.classCounts)),
        k,
      ),
    ),
    get confidentJointRaw() {
      return toRows(raw, k);
    },
    get confidentJoint() {
      return toRows(calibrated, k);
    },
    get joint() {
      return toRows(distribution, k);
    },
    posteriorJoint: addedUp(
      judged.map(({ issues }) => issues.posteriorJoint),
      k * k,
    ),
    exactJoint: addedUp(
      judged.map(({ issues }) => issues.exactJoint),
      k * k,
    ),
    errorOdds: undefined,
    counts,
    noiseRate,
    get noiseInterval() {
      const strata = judged.flatMap(({ issues: { confidentJointRaw, classCounts } }) =>
        strataOf(confidentJointRaw.flat(), classCounts, options.calibrated),
      );
      return noiseInterval(noiseRate, strata);
    },
    get noise() {
      return pooledNoise(judged.map(({ issues }) => ({ rows: issues.n, noise: issues.noise })));
    },
    get health() {
      health ??= healthSummary(distribution, k, n, counts.labelIssues);
      return health;
    },
    warnings,
    get everyRow() {
      if (options.everyRow) everyRow ??= mergedScores(folds, n);
      return everyRow;
    },
  };
}

/** The folds' scores by row of the whole; rows of a fold that cannot be judged rank last. */
function mergedScores(folds: readonly FoldIssues[], n: number): RowScores {
  const labels = new Int32Array(n);
  const margin = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const errorProbability = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  const hasOdds = folds.some(({ issues }) => issues?.everyRow?.errorOdds !== undefined);
  const errorOdds = hasOdds ? new Float64Array(n).fill(Number.NEGATIVE_INFINITY) : undefined;
  for (const { rows, issues, onlyClass } of folds) {
    const scores = issues?.everyRow;
    rows.forEach((row, i) => {
      labels[row] = scores ? scores.labels[i]! : onlyClass!;
      if (scores === undefined) return;
      margin[row] = scores.margin[i]!;
      errorProbability[row] = scores.errorProbability[i]!;
      if (errorOdds !== undefined) errorOdds[row] = scores.errorOdds![i]!;
    });
  }
  return { labels, margin, errorProbability, errorOdds };
}

/** The flags of all folds by score, then by row; for `none` by row only. */
function mergedOrder(
  judged: readonly { readonly rows: Int32Array; readonly issues: LabelIssues }[],
  rowsOnly: boolean,
): { readonly order: Int32Array; readonly foldOf: Int32Array; readonly rankOf: Int32Array } {
  const total = judged.reduce((sum, { issues }) => sum + issues.indices.length, 0);
  const foldOf = new Int32Array(total);
  const rankOf = new Int32Array(total);
  const rowOf = new Int32Array(total);
  const scores = new Float64Array(total);
  let place = 0;
  judged.forEach(({ rows, issues }, fold) => {
    issues.indices.forEach((row, rank) => {
      foldOf[place] = fold;
      rankOf[place] = rank;
      rowOf[place] = rows[row]!;
      scores[place] = rowsOnly ? 0 : issues.scores[rank]!;
      place += 1;
    });
  });
  const byRow = rankedByScore(Int32Array.from(rowOf.keys()), (at) => rowOf[at]!).rows;
  return { order: rankedByScore(byRow, (at) => scores[at]!).rows, foldOf, rankOf };
}

function meanThresholds(issues: readonly LabelIssues[], k: number): Float64Array {
  return Float64Array.from({ length: k }, (_, c) => {
    let rows = 0;
    let sum = 0;
    for (const { classCounts, thresholds } of issues) {
      rows += classCounts[c]!;
      sum += classCounts[c]! * thresholds[c]!;
    }
    // no fold has the class: a threshold that no probability reaches
    return rows === 0 ? 2 : sum / rows;
  });
}

function addedUp(vectors: readonly Float64Array[], length: number): Float64Array {
  const sum = new Float64Array(length);
  for (const vector of vectors) for (let i = 0; i < length; i++) sum[i]! += vector[i]!;
  return sum;
}

function addedCounts(counts: readonly StageCounts[], n: number): StageCounts {
  const of = (name: keyof StageCounts) => counts.reduce((sum, stage) => sum + stage[name], 0);
  return {
    examples: n,
    confident: of("confident"),
    offDiagonal: of("offDiagonal"),
    labelIssues: of("labelIssues"),
    calibratedOffDiagonal: of("calibratedOffDiagonal"),
    prunedBeforeAgreement: of("prunedBeforeAgreement"),
    droppedByAgreement: of("droppedByAgreement"),
    flagged: of("flagged"),
  };
}
