import {
  findLabelIssues,
  type LabelIssues,
  type ProbabilitySource,
  passesOf,
  type RecipeChoice,
  recipeFor,
  transitionOf,
  type Warning,
} from "@winnow/confident-learning";

/** The flags of a file, and what every row got. */
export interface AuditFlags {
  readonly issues: LabelIssues;
  readonly order: RecipeChoice["order"];
  readonly warnings: readonly Warning[];
  /** By row: how suspicious it is, the highest first. */
  readonly scores: Float64Array;
  /** By row: the likeliest class other than the given one, by the matrix of confident learning. */
  readonly suggested: Uint16Array;
}

/** Fewer probabilities are read before a thread has started. */
const FEW_CELLS = 2e7;
const MOST_THREADS = 8;

interface FlagOptions {
  readonly classNames: readonly string[];
  readonly hasVectors: boolean;
  readonly threads: number;
}

/** Orders all rows and flags as many as `prune_by_noise_rate` does. */
export async function findFlags(
  source: ProbabilitySource,
  signal: AbortSignal,
  onProgress: (share: number) => void,
  { classNames, hasVectors, threads }: FlagOptions,
): Promise<AuditFlags> {
  const { n, k } = source;
  const { order, warnings } = recipeFor(n, k, { hasVectors });
  const passes = passesOf({ order }) + 1;
  const issues = await findLabelIssues(source, {
    method: order,
    order,
    everyRow: true,
    classNames,
    threads: n * k < FEW_CELLS ? 1 : Math.min(threads, MOST_THREADS),
    signal,
    onProgress: ({ pass, rows }) => onProgress((pass - 1 + rows / n) / passes),
  });
  const suggested = await suggestions(source, issues, signal, (rows) =>
    onProgress((passes - 1 + rows / n) / passes),
  );
  const { errorOdds, errorProbability } = issues.everyRow!;
  // The quick model's own size says nothing about a second round, which it does not have.
  const own = hasVectors || order === "posterior" ? warnings : [];
  return {
    issues,
    order,
    warnings: [...own, ...issues.warnings],
    scores: order === "error_odds" ? errorOdds! : errorProbability,
    suggested,
  };
}

async function suggestions(
  source: ProbabilitySource,
  issues: LabelIssues,
  signal: AbortSignal,
  onProgress: (rows: number) => void,
): Promise<Uint16Array> {
  const { n, k } = source;
  const { start, trueClass, weight } = transitionOf(issues.exactJoint, k);
  const suggested = new Uint16Array(n);
  for await (const block of source.blocks()) {
    signal.throwIfAborted();
    for (let i = 0; i < block.rows; i++) {
      const given = block.labels[i]!;
      let best = -1;
      let most = 0;
      for (let e = start[given]!; e < start[given + 1]!; e++) {
        const j = trueClass[e]!;
        const w = block.probs[i * k + j]! * weight[e]!;
        if (j === given || w <= most) continue;
        most = w;
        best = j;
      }
      suggested[block.start + i] = best < 0 ? likeliestOther(block.probs, i * k, given, k) : best;
    }
    onProgress(block.start + block.rows);
  }
  return suggested;
}

/** Where the matrix knows no other class for a label. */
function likeliestOther(probs: ArrayLike<number>, at: number, given: number, k: number): number {
  let best = given === 0 ? 1 : 0;
  for (let j = 0; j < k; j++) if (j !== given && probs[at + j]! > probs[at + best]!) best = j;
  return best;
}
