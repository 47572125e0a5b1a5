import { AppError } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

export interface HeldPruning {
  readonly datasetId: string;
  /** Whether it stored the joint from which its posterior is computed. */
  readonly hasPosteriorJoint: boolean;
}

/**
 * Locks a pruning that a job will read; `pointer` is its place in the request. Throws `pruning-not-
 * found`, `pruning-not-finished`.
 */
export async function holdPruning(
  tx: Transaction,
  id: string,
  pointer?: string,
): Promise<HeldPruning> {
  const { rows } = await tx.query<{ state: string; dataset_id: string; joint: boolean }>(
    `SELECT p.state, c.dataset_id, coalesce(p.matrices ? 'posteriorJoint', false) AS joint
     FROM prunings p JOIN cross_validations c ON c.id = p.cross_validation_id
     WHERE p.id = $1 FOR SHARE OF p`,
    [id],
  );
  const pruning = rows[0];
  if (!pruning) {
    const errors = pointer ? [{ pointer, detail: "There is no such pruning" }] : [];
    throw new AppError("pruning-not-found", `No pruning has the id ${id}.`, { errors });
  }
  if (pruning.state !== "ready") {
    const detail = `The pruning is ${pruning.state}; wait for its job, or retry the job if it failed.`;
    throw new AppError("pruning-not-finished", detail);
  }
  return { datasetId: pruning.dataset_id, hasPosteriorJoint: pruning.joint };
}
