import type { FindingsParams, JobEstimate } from "@winnow/contracts";
import { readCrossValidation, type Store, secondsPerUnit } from "@winnow/store";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const FINDINGS: JobPost<"findings"> = { estimate };

async function estimate({ crossValidationId }: FindingsParams, store: Store): Promise<JobEstimate> {
  const { rows, folds } = await readCrossValidation(store, crossValidationId);
  const pace = await secondsPerUnit(store, "findings", "progress", RECENT);
  return { ...UNKNOWN, rows, folds, seconds: times(rows, pace) };
}
