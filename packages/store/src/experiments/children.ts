import type { JobState, Problem } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { notify } from "../database/notifications.js";

/** A job that an experiment has queued. */
export interface Child {
  readonly id: string;
  readonly state: JobState;
  readonly error: Problem | null;
  readonly datasetId: string | null;
  readonly crossValidationId: string | null;
  readonly pruningId: string | null;
  /** Of its work that is done, from 0 to 1. */
  readonly share: number;
}

export async function readChildren(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Child>> {
  const { rows } = await tx.query<Child>(
    `SELECT id, state, error, dataset_id AS "datasetId",
       cross_validation_id AS "crossValidationId", pruning_id AS "pruningId",
       CASE WHEN state = 'succeeded' THEN 1 WHEN progress_total > 0
         THEN least(1, progress_done / progress_total) ELSE 0 END::float8 AS share
     FROM jobs WHERE id = ANY($1)`,
    [ids],
  );
  return new Map(rows.map((child) => [child.id, child]));
}

/** Makes a new job a part of another, and tells the relays of it. */
export async function adopt(tx: Transaction, parentId: string, id: string): Promise<string> {
  await tx.query(
    `UPDATE jobs SET parent_id = $1, trace_parent = coalesce(trace_parent,
       (SELECT p.trace_parent FROM jobs p WHERE p.id = $1)) WHERE id = $2`,
    [parentId, id],
  );
  await notify(tx, "winnow_outbox");
  return id;
}

/** Whether jobs that a job has queued have not ended. */
export async function hasOpenChildren(tx: Transaction, jobId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT 1 FROM jobs
     WHERE parent_id = $1 AND state IN ('queued', 'running', 'cancelling') LIMIT 1`,
    [jobId],
  );
  return rowCount !== 0;
}
