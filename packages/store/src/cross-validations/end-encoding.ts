import { type FoldTrainingParams, modelKindOf } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { addTask } from "../queue/insert-job.js";
import { succeedTask } from "../queue/task-ends.js";
import { type AfterFolds, finishCrossValidation, goOn } from "./finish-run.js";

/** What the encoding of a shard's texts came to. */
export interface EncodingFigures {
  /** Different texts of the shard. */
  readonly texts: number;
  /** Those that this attempt encoded; the others were there. */
  readonly encoded: number;
  /** Of a vector. */
  readonly columns: number;
}

/**
 * Ends the task of a shard, whose vectors lie in the cache. The last task of a run queues what comes after:
 * the quick model's folds, or what comes after the folds where these have ended. Throws `StaleClaimError`.
 */
export async function endEncoding(
  store: Store,
  claim: Claim,
  figures: EncodingFigures,
  after: AfterFolds,
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    await succeedTask(tx, claim, {
      metrics: { ...figures },
      steps: figures.texts,
      next: () => goOnAfterEncoding(tx, claim, after),
      result: () => finishCrossValidation(tx, claim),
    });
  });
}

async function goOnAfterEncoding(
  tx: Transaction,
  claim: Claim,
  after: AfterFolds,
): Promise<boolean> {
  const params = claim.params as FoldTrainingParams;
  if (modelKindOf(params) !== "quick") return goOn(tx, claim, after);
  const { rows } = await tx.query<{ task_id: string; rows: number }>(
    `SELECT f.task_id, c.rows FROM folds f JOIN cross_validations c ON c.id = f.cross_validation_id
     WHERE f.cross_validation_id = $1 ORDER BY f.fold LIMIT 1`,
    [claim.crossValidationId],
  );
  const { task_id: taskId, rows: steps } = rows[0]!;
  await addTask(tx, { id: claim.jobId, params }, "quick-folds", steps, taskId);
  return true;
}
