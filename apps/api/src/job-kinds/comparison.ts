import type { ComparisonParams, JobEstimate } from "@winnow/contracts";
import { readCrossValidation, readPruning, type Store } from "@winnow/store";
import { UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const COMPARISON: JobPost<"comparison"> = { estimate };

/** Four or five versions, and two trainings a point of the curve. */
async function estimate(
  { pruningId, folds, curve }: ComparisonParams,
  store: Store,
): Promise<JobEstimate> {
  const { crossValidationId } = await readPruning(store, pruningId);
  const { rows } = await readCrossValidation(store, crossValidationId);
  return { ...UNKNOWN, rows, folds, steps: 5 + 2 * curve.length };
}
