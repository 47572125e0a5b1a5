import { ConfidentLearningError } from "../errors.js";
import { lowestRows, rowsOf } from "../filter/rows.js";
import type { FindOptions, Method } from "../input/options.js";
import type { Probabilities, ProbabilitySource } from "../input/source.js";
import type { QualityScore } from "../rank/label-quality.js";
import { rankedByScore } from "../rank/scores.js";
import { findLabelIssues } from "./find-label-issues.js";
import type { LabelIssues } from "./label-issues.js";
import { labelQualityScores } from "./label-quality-scores.js";

/** Rows with any number of the k classes: `given` (rows, k) is 1 if a row has a class. */
export interface MultiLabelSource {
  readonly n: number;
  readonly k: number;
  readonly dtype: "float32" | "float64";
  /** Called three times or more for each class; must yield the same numbers each time. */
  blocks(): AsyncIterable<MultiLabelBlock> | Iterable<MultiLabelBlock>;
}

/**
 * Some rows in order: `given` and `probs` (rows, k) row-major; a row of `probs` need not sum to 1.
 */
export interface MultiLabelBlock {
  readonly start: number;
  readonly rows: number;
  readonly given: Uint8Array;
  readonly probs: Probabilities;
}

/** The result of one-vs-rest. */
export interface MultiLabelIssues {
  readonly n: number;
  readonly k: number;
  /** Rows flagged for any class: lowest score first, or by row if `order` is `none`. */
  readonly indices: Int32Array;
  /** (n): the label quality of every row, lower = worse. */
  readonly scores: Float64Array;
  /** The binary result of each class, where class 1 means "has it"; undefined if all rows agree. */
  readonly classes: readonly (LabelIssues | undefined)[];
}

/** A multi-label source over arrays: the classes of each row, `probs` (n, k) row-major. */
export function multiLabelArraySource(
  labels: readonly (readonly number[])[],
  probs: Probabilities,
  k: number,
): MultiLabelSource {
  const n = labels.length;
  if (n * k !== probs.length) {
    const message = `${n} rows and ${k} classes need ${n * k} probabilities; there are ${probs.length}`;
    throw new ConfidentLearningError("length-mismatch", message);
  }
  const given = new Uint8Array(n * k);
  labels.forEach((classes, row) => {
    for (const label of classes) {
      if (!Number.isInteger(label) || label < 0 || label >= k) {
        const message = `row ${row}: the label ${label} is not one of 0 to ${k - 1}`;
        throw new ConfidentLearningError("label-out-of-range", message, { row });
      }
      given[row * k + label] = 1;
    }
  });
  const dtype = probs instanceof Float32Array ? "float32" : "float64";
  return { n, k, dtype, blocks: () => [{ start: 0, rows: n, given, probs }] };
}

/**
 * Multi-label issues: for each class the binary question "does the row have it", with the
 * columns [1 - p, p]; a row is flagged if any class flags it. `score` ranks rows. The `low_`
 * methods flag as many rows as `confident_learning` does, those with the lowest scores.
 */
export async function findMultiLabelIssues(
  source: MultiLabelSource,
  options: FindOptions & { readonly score?: QualityScore } = {},
): Promise<MultiLabelIssues> {
  const { n, k } = source;
  const { score, onProgress, ...rest } = options;
  const semantics = { semantics: options.semantics ?? "cleanlab-2" } as const;
  const low = LOW_SCORES.get(options.method);
  const confidentLearning = { ...rest, ...semantics, method: "confident_learning" } as const;
  const flagged = new Uint8Array(n);
  const classes: (LabelIssues | undefined)[] = [];
  const perClass: Float64Array[] = [];
  for (let c = 0; c < k; c++) {
    const binary = oneVersusRest(source, c);
    const progress: FindOptions["onProgress"] =
      onProgress &&
      ((p) => onProgress({ ...p, pass: c * p.passes + p.pass, passes: k * p.passes }));
    const issues = await binaryIssues(binary, {
      ...rest,
      ...semantics,
      ...(progress && { onProgress: progress }),
    });
    classes.push(issues);
    const counted = low ? await binaryIssues(binary, confidentLearning) : issues;
    for (const row of counted?.indices ?? []) flagged[row] = 1;
    perClass.push(await labelQualityScores(binary, { score: low ?? score ?? "self_confidence" }));
  }
  const scores = combinedScores(perClass, n);
  const doubted = low
    ? lowestRows(scores, rowsOf(n, (row) => flagged[row] === 1).length).flagged
    : flagged;
  const rows = rowsOf(n, (row) => doubted[row] === 1);
  const indices = options.order === "none" ? rows : rankedByScore(rows, (row) => scores[row]!).rows;
  return { n, k, indices, scores, classes };
}

const LOW_SCORES = new Map<Method | undefined, QualityScore>([
  ["low_self_confidence", "self_confidence"],
  ["low_normalized_margin", "normalized_margin"],
]);

async function binaryIssues(
  source: ProbabilitySource,
  options: FindOptions,
): Promise<LabelIssues | undefined> {
  try {
    return await findLabelIssues(source, options);
  } catch (error) {
    // every row has the class, or none does: there is nothing to compare
    if (error instanceof ConfidentLearningError && error.code === "one-class-only")
      return undefined;
    throw error;
  }
}

/** The columns [1 - p, p] of one class, label 1 for rows that have it. */
function oneVersusRest(source: MultiLabelSource, klass: number): ProbabilitySource {
  const { n, k, dtype } = source;
  return {
    n,
    k: 2,
    dtype,
    async *blocks() {
      for await (const { start, rows, given, probs } of source.blocks()) {
        const labels = new Int32Array(rows);
        const pair = dtype === "float32" ? new Float32Array(2 * rows) : new Float64Array(2 * rows);
        for (let i = 0; i < rows; i++) {
          const p = probs[i * k + klass]!;
          labels[i] = given[i * k + klass]!;
          pair[2 * i] = 1 - p;
          pair[2 * i + 1] = p;
        }
        yield { start, rows, labels, probs: pair };
      }
    },
  };
}

const NEWEST = 0.8;

/**
 * Per row, an exponential moving average over the classes' scores, best first: the worst has the
 * largest weight.
 */
function combinedScores(perClass: readonly Float64Array[], n: number): Float64Array {
  const row = new Float64Array(perClass.length);
  return Float64Array.from({ length: n }, (_, i) => {
    perClass.forEach((scores, c) => {
      row[c] = scores[i]!;
    });
    row.sort();
    let average = row[row.length - 1]!;
    for (let c = row.length - 2; c >= 0; c--) average = NEWEST * row[c]! + (1 - NEWEST) * average;
    return average;
  });
}
