import { PRUNING_TRANSITIONS, type PruningReport, statesBefore } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** What a pruning has found. */
export interface PruningResult {
  readonly flagged: number;
  readonly report: PruningReport;
  readonly matrices: object;
}

/** Stores what a pending pruning has found; false where it is not pending. */
export async function keepPruningResult(
  tx: Transaction,
  id: string,
  { flagged, report, matrices }: PruningResult,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE prunings SET flagged = $3, report = $4, matrices = $5
     WHERE id = $1 AND state = ANY($2)`,
    [
      id,
      statesBefore(PRUNING_TRANSITIONS, "ready"),
      flagged,
      JSON.stringify(report),
      JSON.stringify(matrices),
    ],
  );
  return rowCount === 1;
}

/**
 * Makes a pruning ready whose result is stored, with what became of its evidence; returns its result,
 * null where it is not pending.
 */
export async function makePruningReady(
  tx: Transaction,
  id: string,
  evidence: PruningReport["evidence"],
): Promise<Pick<PruningResult, "flagged" | "report"> | null> {
  const { rows } = await tx.query<Pick<PruningResult, "flagged" | "report">>(
    `UPDATE prunings SET state = 'ready', finished_at = clock_timestamp(),
       report = jsonb_set(report, '{evidence}', $3)
     WHERE id = $1 AND state = ANY($2) RETURNING flagged, report`,
    [id, statesBefore(PRUNING_TRANSITIONS, "ready"), JSON.stringify(evidence)],
  );
  return rows[0] ?? null;
}

/** Fails a pending pruning, and no other. */
export async function failPruning(tx: Transaction, id: string): Promise<void> {
  await tx.query("UPDATE prunings SET state = 'failed' WHERE id = $1 AND state = ANY($2)", [
    id,
    statesBefore(PRUNING_TRANSITIONS, "failed"),
  ]);
}

/** Gives a failed pruning to the job that retries it; false where it has not failed, or was deleted. */
export async function reopenPruning(tx: Transaction, id: string, jobId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "UPDATE prunings SET state = 'pending', job_id = $3 WHERE id = $1 AND state = ANY($2)",
    [id, statesBefore(PRUNING_TRANSITIONS, "pending"), jobId],
  );
  return rowCount === 1;
}
