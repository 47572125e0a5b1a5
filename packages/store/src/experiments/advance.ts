import {
  AppError,
  ExperimentParams,
  type JobState,
  type Problem,
  problemOf,
  trainingOfRun,
} from "@winnow/contracts";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { insertPruning } from "../prunings/create-pruning.js";
import { cancelChildren } from "../queue/cancel-job.js";
import { appendEvent } from "../queue/events.js";
import { failJob, finishCancelled, lockJob, setJobState } from "../queue/job-changes.js";
import { createNoisyDataset } from "../requests/create-dataset-ingest.js";
import { insertTraining } from "../requests/create-fold-training.js";
import { type Cell, changeCell, readCells } from "./cells.js";
import { adopt, type Child, hasOpenChildren, readChildren } from "./children.js";
import { readFigures } from "./figures.js";
import { noiseOfRun } from "./noise.js";
import { ownerOf } from "./plan.js";

/**
 * Takes every planned experiment one step on: queues what comes after jobs that have ended, stores
 * the figures of finished cells, and ends the experiment. Several orchestrators may do so at once:
 * each step is one transaction that holds the lock of the experiment's job.
 */
export async function advanceExperiments(store: Store): Promise<void> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    `SELECT id FROM jobs j WHERE state IN ('running', 'cancelling')
       AND EXISTS (SELECT 1 FROM experiment_cells c WHERE c.job_id = j.id) ORDER BY id`,
  );
  for (const { id } of rows) {
    try {
      await withTransaction(store, (tx) => advance(tx, id));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await withTransaction(store, async (tx) => {
        if (await isPlanned(tx, id)) await failOrWait(tx, id, problemOf(error));
      });
    }
  }
}

/** Locks the job; whether it runs and its plan is written. Ends a cancelled one. */
async function isPlanned(tx: Transaction, id: string): Promise<boolean> {
  const job = await lockJob(tx, id);
  if (job?.state === "cancelling") await finishCancelled(tx, id);
  if (job?.state !== "running") return false;
  const open = await tx.query(
    "SELECT 1 FROM tasks WHERE job_id = $1 AND state IN ('queued', 'running')",
    [id],
  );
  return open.rowCount === 0;
}

async function advance(tx: Transaction, id: string): Promise<void> {
  if (!(await isPlanned(tx, id))) return;
  const { rows } = await tx.query<{ params: unknown; error: Problem | null }>(
    "SELECT params, error FROM jobs WHERE id = $1",
    [id],
  );
  const { params: stored, error } = rows[0]!;
  const cells = await readCells(tx, id);
  const children = await readChildren(tx, cells.flatMap(jobsOf));
  const lost = error ?? problemOfChild(cells, children);
  if (lost) return failOrWait(tx, id, lost);
  const params = ExperimentParams.parse(stored);
  const step: Step = { tx, id, params, children, ownerId: await ownerOf(tx, id) };
  let underWay = 0;
  let finished = 0;
  for (const cell of cells) {
    if (cell.figures || (cell.datasetJobId && (await goOn(step, cell)))) finished += 1;
    else if (cell.datasetJobId) underWay += 1;
    else if (underWay < params.parallel) {
      await begin(step, cell);
      underWay += 1;
    }
  }
  await showProgress(step, cells, finished);
  if (finished < cells.length) return;
  await tx.query("UPDATE jobs SET result = $2 WHERE id = $1", [
    id,
    JSON.stringify({ experimentId: id, runs: cells.length }),
  ]);
  await setJobState(tx, id, "succeeded");
}

interface Step {
  readonly tx: Transaction;
  readonly id: string;
  readonly params: ExperimentParams;
  readonly children: ReadonlyMap<string, Child>;
  readonly ownerId: string | undefined;
}

/** The jobs that a cell has queued so far. */
export const jobsOf = ({ datasetJobId, trainingJobId, pruningJobIds }: Cell): string[] =>
  [datasetJobId, trainingJobId, ...pruningJobIds].filter((id) => id !== null);

/** Queues the job that injects the cell's noise. */
async function begin({ tx, id, params, ownerId }: Step, cell: Cell): Promise<void> {
  const { rows } = await tx.query<{ name: string }>("SELECT name FROM datasets WHERE id = $1", [
    params.datasetId,
  ]);
  const kind = params.noises[cell.noise]!.type;
  const what = [kind, cell.rate, `seed ${cell.seed}`].filter((part) => part !== null).join(" ");
  const noisy = {
    name: `${(rows[0]?.name ?? "").slice(0, 140)} (experiment: ${what})`,
    datasetId: params.datasetId,
    noise: await noiseOfRun(tx, params, cell),
  };
  const datasetJobId = await adopt(tx, id, await createNoisyDataset(tx, noisy, ownerId));
  await changeCell(tx, id, cell.index, { datasetJobId });
}

/** Queues what comes next in a cell, if its last jobs have ended; true once it has its figures. */
async function goOn(step: Step, cell: Cell): Promise<boolean> {
  const { tx, id, params, children, ownerId } = step;
  const ended = (jobId: string | null): Child | null => {
    const child = jobId === null ? undefined : children.get(jobId);
    return child?.state === "succeeded" ? child : null;
  };
  const datasetId = ended(cell.datasetJobId)?.datasetId;
  if (!datasetId) return false;
  if (!cell.trainingJobId) {
    const training = trainingOfRun(params, datasetId, cell.seed);
    const trainingJobId = await adopt(tx, id, await insertTraining(tx, training, ownerId));
    await changeCell(tx, id, cell.index, { trainingJobId, datasetId });
    return false;
  }
  const runId = ended(cell.trainingJobId)?.crossValidationId;
  if (!runId) return false;
  if (cell.pruningJobIds.length === 0) {
    const pruningJobIds: string[] = [];
    for (const options of params.prunings) {
      const pruning = await insertPruning(tx, datasetId, runId, options, { queuedBy: id });
      pruningJobIds.push(await adopt(tx, id, pruning));
    }
    await changeCell(tx, id, cell.index, { pruningJobIds });
    return false;
  }
  const prunings = cell.pruningJobIds.map((jobId) => ended(jobId)?.pruningId);
  if (!prunings.every((pruningId) => typeof pruningId === "string")) return false;
  await changeCell(tx, id, cell.index, await readFigures(tx, prunings));
  return true;
}

/** Of a failed child, or else of a cancelled one; null while all is well. */
function problemOfChild(
  cells: readonly Cell[],
  children: ReadonlyMap<string, Child>,
): Problem | null {
  const open = cells.filter(({ figures }) => !figures).flatMap(jobsOf);
  const ended = (state: JobState) => open.find((id) => children.get(id)?.state === state);
  const failed = ended("failed");
  if (failed !== undefined) {
    const cause = children.get(failed)?.error;
    if (cause) return { ...cause, detail: `The job ${failed} failed: ${cause.detail}` };
  }
  const cancelled = failed ?? ended("cancelled");
  if (cancelled === undefined) return null;
  return problemOf(
    new AppError(
      "internal",
      `The job ${cancelled} of the experiment was cancelled; retry the experiment to go on.`,
    ),
  );
}

/** Cancels the other children; once all have ended, the experiment fails and can be retried. */
async function failOrWait(tx: Transaction, id: string, problem: Problem): Promise<void> {
  await tx.query("UPDATE jobs SET error = $2 WHERE id = $1 AND error IS NULL", [
    id,
    JSON.stringify(problem),
  ]);
  await cancelChildren(tx, id);
  if (!(await hasOpenChildren(tx, id))) await failJob(tx, id, problem);
}

/** Counts jobs: those that have ended, and of the others the share that is done. */
async function showProgress(
  { tx, id, params, children }: Step,
  cells: readonly Cell[],
  finished: number,
): Promise<void> {
  const jobsEach = 2 + params.prunings.length;
  let done = 0;
  for (const cell of cells) {
    if (cell.figures) done += jobsEach;
    else for (const jobId of jobsOf(cell)) done += children.get(jobId)?.share ?? 0;
  }
  const total = cells.length * jobsEach;
  done = finished === cells.length ? total : Math.round(1_000 * done) / 1_000;
  const { rowCount } = await tx.query(
    `UPDATE jobs SET progress_done = $2::float8, progress_total = $3::float8, phase = $4,
       version = version + 1
     WHERE id = $1 AND (progress_done, progress_total, phase)
       IS DISTINCT FROM ($2::float8, $3::float8, $4)`,
    [id, done, total, `${finished} of ${cells.length} runs`],
  );
  if (rowCount) await appendEvent(tx, id, "progress", { fold: null, done, total });
}
