import { ConfidentLearningError } from "../errors.js";

/** Which version of cleanlab to reproduce. */
export type Semantics = "cleanlab-1.0.1" | "cleanlab-2";

export const METHODS = [
  "prune_by_noise_rate",
  "prune_by_class",
  "both",
  "confident_learning",
  "predicted_neq_given",
  "low_self_confidence",
  "low_normalized_margin",
  "argmax",
  "confusion",
  "calibrated_confusion",
  "posterior",
  "error_odds",
] as const;

/** How rows are chosen. The last five are baselines and Winnow's own posterior and error odds. */
export type Method = (typeof METHODS)[number];

export const ORDERS = [
  "normalized_margin",
  "prob_given_label",
  "self_confidence",
  "confidence_weighted_entropy",
  "posterior",
  "error_odds",
  "none",
] as const;

/** How flags are ordered, worst first. `self_confidence` is `prob_given_label`; `none`: by row. */
export type Order = (typeof ORDERS)[number];

/** A progress report: rows done in the current pass. */
export interface Progress {
  readonly pass: number;
  readonly passes: number;
  readonly rows: number;
  readonly n: number;
}

/** What a caller may choose. The defaults give the results of cleanlab 1.0.1. */
export interface FindOptions {
  /** Default `cleanlab-1.0.1`. */
  readonly semantics?: Semantics;
  /** Default `prune_by_noise_rate`. */
  readonly method?: Method;
  /** Default `normalized_margin`. */
  readonly order?: Order;
  /** Orders by scores adjusted for each class's threshold (not the entropy, posterior, error odds). */
  readonly adjust?: boolean;
  /** The share of the estimated noise to remove, in (0, 1]. Default 1. */
  readonly fracNoise?: number;
  /** How many rows to remove from each given class, k numbers, instead of the estimate. */
  readonly numToRemovePerClass?: ArrayLike<number>;
  /** Classes with at most this many rows are not pruned. Default 5 (1.0.1) or 1 (2). */
  readonly keepAtLeastPerClass?: number;
  /**
   * Whether a row that is confident for several classes counts for the argmax of all classes, or of
   * the confident ones.
   */
  readonly collision?: "cleanlab" | "paper";
  /** false uses the raw confident joint instead of the calibrated one. Default true. */
  readonly calibrated?: boolean;
  /**
   * The type that pruning computes in. Default `float32` for 1.0.1 (as its default does), else the
   * source's.
   */
  readonly precision?: "float32" | "source";
  /**
   * Methods `posterior` and `error_odds`: flag as many rows as this method would; or all rows with
   * at least this error probability, or at least these log odds.
   */
  readonly posteriorCount?: "prune_by_noise_rate" | "argmax";
  readonly posteriorCut?: number;
  readonly errorOddsCut?: number;
  /** The source of the suggested label. Default: the posterior if it or the error odds order or choose. */
  readonly suggestion?: "argmax" | "posterior";
  /**
   * Threads that scan blocks; the result never depends on their number. More than one pays off from
   * some tens of millions of probabilities on. Default 1.
   */
  readonly threads?: number;
  /** Also scores every row, flagged or not, for `compareWithTruth`. Default false. */
  readonly everyRow?: boolean;
  /** The k classes' names, for warnings. Default: their numbers from 0. */
  readonly classNames?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** `FindOptions` with every default filled in and every value checked. */
export interface ResolvedOptions {
  readonly semantics: Semantics;
  readonly method: Method;
  readonly order: Order;
  readonly adjust: boolean;
  readonly fracNoise: number;
  readonly numToRemovePerClass: readonly number[] | undefined;
  readonly keepAtLeastPerClass: number;
  readonly collision: "cleanlab" | "paper";
  readonly calibrated: boolean;
  readonly precision: "float32" | "source";
  readonly posteriorCount: "prune_by_noise_rate" | "argmax";
  readonly posteriorCut: number | undefined;
  readonly errorOddsCut: number | undefined;
  readonly suggestion: "argmax" | "posterior";
  readonly threads: number;
  readonly everyRow: boolean;
  readonly classNames: readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const MOST_THREADS = 64;

/** Fills in the defaults and throws `invalid-option` for an invalid value. */
export function resolveOptions(options: FindOptions, k: number): ResolvedOptions {
  const semantics = oneOf("semantics", options.semantics ?? "cleanlab-1.0.1", [
    "cleanlab-1.0.1",
    "cleanlab-2",
  ] as const);
  const first = semantics === "cleanlab-1.0.1";
  const method = oneOf("method", options.method ?? "prune_by_noise_rate", METHODS);
  const order = oneOf("order", options.order ?? "normalized_margin", ORDERS);
  const keepAtLeastPerClass = options.keepAtLeastPerClass ?? (first ? 5 : 1);
  if (!Number.isSafeInteger(keepAtLeastPerClass) || keepAtLeastPerClass < 0) {
    throw invalid("keepAtLeastPerClass", keepAtLeastPerClass, "a whole number of at least 0");
  }
  const fracNoise = options.fracNoise ?? 1;
  if (!(fracNoise > 0 && fracNoise <= 1)) {
    throw invalid("fracNoise", fracNoise, "a number above 0 and at most 1");
  }
  const threads = options.threads ?? 1;
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw invalid("threads", threads, `a whole number from 1 to ${MOST_THREADS}`);
  }
  const { posteriorCut } = options;
  if (posteriorCut !== undefined && !(posteriorCut >= 0 && posteriorCut <= 1)) {
    throw invalid("posteriorCut", posteriorCut, "a probability");
  }
  const { errorOddsCut } = options;
  if (errorOddsCut !== undefined && !Number.isFinite(errorOddsCut)) {
    throw invalid("errorOddsCut", errorOddsCut, "log odds, a number");
  }
  const own: readonly string[] = ["posterior", "error_odds"];
  const byPosterior = own.includes(method) || own.includes(order);
  return {
    semantics,
    method,
    order,
    adjust: options.adjust ?? false,
    fracNoise,
    numToRemovePerClass: resolveRemovals(options.numToRemovePerClass, k),
    keepAtLeastPerClass,
    collision: oneOf("collision", options.collision ?? "cleanlab", ["cleanlab", "paper"] as const),
    calibrated: options.calibrated ?? true,
    precision: oneOf("precision", options.precision ?? (first ? "float32" : "source"), [
      "float32",
      "source",
    ] as const),
    posteriorCount: oneOf("posteriorCount", options.posteriorCount ?? "prune_by_noise_rate", [
      "prune_by_noise_rate",
      "argmax",
    ] as const),
    posteriorCut,
    errorOddsCut,
    suggestion: oneOf("suggestion", options.suggestion ?? (byPosterior ? "posterior" : "argmax"), [
      "argmax",
      "posterior",
    ] as const),
    threads,
    everyRow: options.everyRow ?? false,
    classNames: options.classNames,
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

function resolveRemovals(
  removals: ArrayLike<number> | undefined,
  k: number,
): readonly number[] | undefined {
  if (removals === undefined) return undefined;
  const numbers = Array.from(removals);
  if (numbers.length !== k) {
    throw invalid(
      "numToRemovePerClass",
      `${numbers.length} numbers`,
      `${k} numbers, one per class`,
    );
  }
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw invalid("numToRemovePerClass", number, "whole numbers of at least 0");
    }
  }
  return numbers;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name, value, `one of ${allowed.join(", ")}`);
  return found;
}

function invalid(name: string, value: unknown, expected: string): ConfidentLearningError {
  return new ConfidentLearningError(
    "invalid-option",
    `${name} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}

/** Whether anything asks for the error odds, which take three passes more. */
export function usesErrorOdds({ method, order }: Pick<FindOptions, "method" | "order">): boolean {
  return method === "error_odds" || order === "error_odds";
}
