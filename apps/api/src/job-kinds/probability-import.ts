import type { JobEstimate, ProbabilityImportParams } from "@winnow/contracts";
import { probabilityBytes } from "@winnow/sizing";
import { readDataset, type Store, secondsPerUnit } from "@winnow/store";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const PROBABILITY_IMPORT: JobPost<"probability-import"> = { estimate };

async function estimate(
  { datasetId }: ProbabilityImportParams,
  store: Store,
): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const pace = await secondsPerUnit(store, "probability-import", "probabilities", RECENT);
  return {
    ...UNKNOWN,
    rows,
    seconds: times(rows * classes, pace),
    storageBytes: probabilityBytes(rows, classes),
  };
}
