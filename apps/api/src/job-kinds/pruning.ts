import { estimateMemory } from "@winnow/confident-learning";
import type { JobEstimate, PruningParams } from "@winnow/contracts";
import { pruningAcceptor, readCrossValidation, type Store, secondsPerUnit } from "@winnow/store";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const PRUNING: JobPost<"pruning"> = { estimate, acceptor: pruningAcceptor };

/** Rows of probabilities in memory during a pruning: one block in use, one read ahead. */
const BUFFERED_ROWS = 2 * 4096;

/** Seconds that a pruning takes for each probability; null before the first one. */
export const secondsPerPruned = (store: Store): Promise<number | null> =>
  secondsPerUnit(store, "pruning", "probabilities", RECENT);

async function estimate(
  { crossValidationId, order }: PruningParams,
  store: Store,
): Promise<JobEstimate> {
  const { rows, classes, folds } = await readCrossValidation(store, crossValidationId);
  const pace = await secondsPerPruned(store);
  // Without the runtime itself.
  const { total } = estimateMemory(rows, classes, { dtype: "float32", order });
  return {
    ...UNKNOWN,
    rows,
    folds,
    seconds: times(rows * classes, pace),
    peakMemoryBytes: total + Math.min(rows, BUFFERED_ROWS) * classes * 4,
  };
}
