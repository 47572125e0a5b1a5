import { ConfidentLearningError } from "../errors.js";
import type { FoldSource } from "../input/fold-source.js";
import type { FindOptions } from "../input/options.js";
import type { ProbabilitySource } from "../input/source.js";
import { findLabelIssues } from "./find-label-issues.js";
import { type FoldedLabelIssues, type FoldIssues, mergeFolds } from "./merge-folds.js";
import type { Warning } from "./warnings.js";

/**
 * Prunes each fold separately and merges the flags in the selected order. Each fold's source is
 * read three times; `splitByFold` creates the sources from one source and the fold of each row.
 */
export async function findLabelIssuesPerFold(
  folds: readonly FoldSource[],
  options: FindOptions = {},
): Promise<FoldedLabelIssues> {
  const n = folds.reduce((sum, fold) => sum + fold.rows.length, 0);
  const k = folds[0]?.source.k ?? 0;
  if (n === 0) throw new ConfidentLearningError("empty-input", "there are no rows in any fold");
  checkRows(folds, n);
  const all: FoldIssues[] = [];
  const warnings: Warning[] = [];
  let before = 0;
  for (const { fold, rows, source } of folds) {
    const done = before;
    const onProgress: FindOptions["onProgress"] =
      options.onProgress &&
      (({ pass, passes, rows: read }) =>
        // all passes of a fold count as one read of its rows
        options.onProgress?.({
          pass: 1,
          passes: 1,
          rows: done + Math.floor(((pass - 1) * rows.length + read) / passes),
          n,
        }));
    const found = await foldIssues(source, { ...options, ...(onProgress && { onProgress }) });
    const { issues } = found;
    all.push({ fold, rows, ...found });
    if (issues === undefined) {
      const message = `fold ${fold}: all its rows have the same label; none of them can be judged`;
      warnings.push({ code: "fold-one-class", message });
    }
    for (const { code, message } of issues?.warnings ?? []) {
      warnings.push({ code, message: `fold ${fold}: ${message}` });
    }
    before += rows.length;
  }
  return mergeFolds(all, warnings, n, k, options);
}

async function foldIssues(
  source: ProbabilitySource,
  options: FindOptions,
): Promise<Pick<FoldIssues, "issues" | "onlyClass">> {
  try {
    return { issues: await findLabelIssues(source, options), onlyClass: undefined };
  } catch (error) {
    const one = error instanceof ConfidentLearningError && error.code === "one-class-only";
    if (one && source.k > 1) return { issues: undefined, onlyClass: error.class };
    throw error;
  }
}

function checkRows(folds: readonly FoldSource[], n: number): void {
  const seen = new Uint8Array(n);
  const k = folds[0]?.source.k;
  for (const { fold, rows, source } of folds) {
    if (source.n !== rows.length || source.k !== k) {
      const message = `fold ${fold} has ${rows.length} rows; its source has ${source.n} rows of ${source.k} classes`;
      throw new ConfidentLearningError("length-mismatch", message);
    }
    for (const row of rows) {
      if (seen[row] !== 0) {
        const message = `row ${row} of fold ${fold} is not one of ${n} rows or is in two folds`;
        throw new ConfidentLearningError("invalid-source", message, { row });
      }
      seen[row] = 1;
    }
  }
}
