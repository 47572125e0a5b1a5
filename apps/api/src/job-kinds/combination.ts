import type { CombinationParams, JobEstimate } from "@winnow/contracts";
import { probabilityBytes } from "@winnow/sizing";
import { listMembers, readCrossValidation, type Store, secondsPerUnit } from "@winnow/store";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const COMBINATION: JobPost<"combination"> = { estimate };

async function estimate(
  { crossValidationIds }: CombinationParams,
  store: Store,
): Promise<JobEstimate> {
  const first = crossValidationIds[0]!;
  const { rows, classes } = await readCrossValidation(store, first);
  const members = await listMembers(store, first);
  const pace = await secondsPerUnit(store, "combination", "probabilities", RECENT);
  return {
    ...UNKNOWN,
    rows,
    seconds: times(rows * classes, pace),
    // At most: members that another run lacks are not combined.
    storageBytes: (1 + members.length) * probabilityBytes(rows, classes),
  };
}
