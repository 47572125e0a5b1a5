import type { JobEstimate, PruningParams } from "@winnow/contracts";
import { pruningBytes } from "@winnow/sizing";
import { pruningAcceptor, readCrossValidation, type Store, secondsPerUnit } from "@winnow/store";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const PRUNING: JobPost<"pruning"> = { estimate, acceptor: pruningAcceptor };

/** Seconds that a pruning takes for each probability; null before the first one. */
export const secondsPerPruned = (store: Store): Promise<number | null> =>
  secondsPerUnit(store, "pruning", "probabilities", RECENT);

async function estimate(
  { crossValidationId, order }: PruningParams,
  store: Store,
): Promise<JobEstimate> {
  const { rows, classes, folds } = await readCrossValidation(store, crossValidationId);
  const pace = await secondsPerPruned(store);
  return {
    ...UNKNOWN,
    rows,
    folds,
    seconds: times(rows * classes, pace),
    peakMemoryBytes: pruningBytes(rows, classes, order),
  };
}
