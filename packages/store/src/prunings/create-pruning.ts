import {
  AppError,
  type PruningOptions,
  type PruningParams,
  pruningFaults,
  targetFaults,
} from "@winnow/contracts";
import type { NewAuditEntry } from "../access/audit.js";
import type { Queryable, Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { insertJobs, type NewJob } from "../queue/insert-job.js";

interface Run {
  readonly id: string;
  readonly state: string;
  readonly dataset_id: string;
  readonly class_count: number;
}

/** Makes the pruning. Throws `cross-validation-not-found`, `cross-validation-not-finished`. */
export async function createPruning(
  tx: Transaction,
  params: PruningParams,
  ownerId?: string,
): Promise<string> {
  const { crossValidationId, ...options } = params;
  const run = (await lockRuns(tx, [crossValidationId])).get(crossValidationId);
  const datasetId = prunableDataset(run, params);
  return insertPruning(tx, datasetId, crossValidationId, options, { ownerId });
}

const SELECT_RUNS =
  "SELECT id, state, dataset_id, class_count FROM cross_validations WHERE id = ANY($1) ORDER BY id";

/** Those of the runs that exist, by id. */
export async function readRuns(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Run>> {
  const { rows } = await db.query<Run>({ name: "read-runs", text: SELECT_RUNS, values: [ids] });
  return new Map(rows.map((run) => [run.id, run]));
}

/**
 * The same, with the lock that the pruning's foreign key takes anyway: a ready run can only be
 * deleted.
 */
export async function lockRuns(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Run>> {
  const text = `${SELECT_RUNS} FOR KEY SHARE`;
  const { rows } = await tx.query<Run>({ name: "lock-runs", text, values: [ids] });
  return new Map(rows.map((run) => [run.id, run]));
}

/** The run, if it exists and is ready; throws what `createPruning` throws. */
export function readyRun(run: Run | undefined, id: string): Run {
  if (!run) {
    throw new AppError("cross-validation-not-found", `No cross-validation has the id ${id}.`);
  }
  if (run.state !== "ready") {
    throw new AppError(
      "cross-validation-not-finished",
      `The cross-validation is ${run.state}; a pruning needs every fold's probabilities.`,
    );
  }
  return run;
}

/**
 * The dataset of a run that can be pruned with these parameters; throws what `createPruning`
 * throws.
 */
export function prunableDataset(found: Run | undefined, params: PruningParams): string {
  const run = readyRun(found, params.crossValidationId);
  const [fault, ...others] = [...pruningFaults(params), ...targetFaults(params)];
  if (fault) {
    throw new AppError("invalid-parameters", `${fault.pointer}: ${fault.detail}.`, {
      errors: [fault, ...others],
    });
  }
  const removals = params.numToRemovePerClass;
  if (removals && removals.length !== run.class_count) {
    throw new AppError(
      "invalid-parameters",
      `numToRemovePerClass has ${removals.length} numbers; the data has ${run.class_count} classes.`,
      { errors: [{ pointer: "/numToRemovePerClass", detail: `needs ${run.class_count} numbers` }] },
    );
  }
  return run.dataset_id;
}

/**
 * Queues the pruning that was requested with a fold-training job, in the last fold's transaction.
 */
export async function insertPruning(
  tx: Transaction,
  datasetId: string,
  crossValidationId: string,
  options: PruningOptions,
  by: Pick<NewJob, "ownerId" | "queuedBy"> = {},
): Promise<string> {
  const job = pruningJob(datasetId, { crossValidationId, ...options }, by);
  await insertPrunings(tx, [job]);
  return job.id;
}

export interface PruningJob extends NewJob {
  readonly params: PruningParams;
  readonly pruningId: string;
}

/** The job of a pruning that is not written yet. */
export function pruningJob(
  datasetId: string,
  params: PruningParams,
  by: Pick<NewJob, "ownerId" | "queuedBy" | "traceParent">,
): PruningJob {
  const { crossValidationId } = params;
  const [id, pruningId] = [newId("job"), newId("pruning")];
  return {
    id,
    kind: "pruning",
    params,
    seed: null,
    datasetId,
    crossValidationId,
    pruningId,
    ...by,
  };
}

/** Writes prunings, their jobs and the audit; returns the time of it, by the clock of Postgres. */
export async function insertPrunings(
  db: Queryable,
  jobs: readonly PruningJob[],
  audit: readonly NewAuditEntry[] = [],
): Promise<Date> {
  const prunings = jobs.map(({ id: jobId, pruningId, params, ownerId, queuedBy }) => {
    const { crossValidationId, ...parameters } = params;
    return { id: pruningId, crossValidationId, jobId, parameters, ownerId, queuedBy };
  });
  return insertJobs(db, jobs, { prunings, audit });
}
