import {
  AppError,
  type Experiment,
  type ExperimentCell,
  ExperimentParams,
} from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { jobsOf } from "./advance.js";
import { type Cell, readCells } from "./cells.js";
import { summarize } from "./summary.js";

/** An experiment with the figures that it has so far. Throws `experiment-not-found`. */
export async function readExperiment(store: Store, id: string): Promise<Experiment> {
  const { rows } = await poolOf(store).query<{
    kind: string;
    state: Experiment["state"];
    params: unknown;
    created_at: Date;
    finished_at: Date | null;
  }>("SELECT kind, state, params, created_at, finished_at FROM jobs WHERE id = $1", [id]);
  const job = rows[0];
  const params = ExperimentParams.safeParse(job?.params).data;
  if (!job || !params) {
    throw new AppError("experiment-not-found", `No experiment has the id ${id}.`);
  }
  const cells = await readCells(store, id);
  const made = await readMade(store, cells.flatMap(jobsOf));
  const views = cells.map((cell) => viewOf(cell, params, made));
  return {
    id,
    datasetId: params.datasetId,
    state: job.state,
    params,
    summary: summarize(params, views),
    cells: views,
    createdAt: job.created_at.toISOString(),
    finishedAt: job.finished_at?.toISOString() ?? null,
  };
}

interface Made {
  readonly crossValidationId: string | null;
  readonly pruningId: string | null;
}

async function readMade(
  store: Store,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, Made>> {
  const { rows } = await poolOf(store).query<Made & { id: string }>(
    `SELECT id, cross_validation_id AS "crossValidationId", pruning_id AS "pruningId"
     FROM jobs WHERE id = ANY($1)`,
    [jobIds],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Its run and prunings, as long as its dataset is there, which they go with. */
function viewOf(
  cell: Cell,
  { noises }: ExperimentParams,
  made: ReadonlyMap<string, Made>,
): ExperimentCell {
  const { noise, rate, seed, datasetId, trainingJobId, pruningJobIds, figures } = cell;
  const isThere = datasetId !== null;
  return {
    noise,
    type: noises[noise]!.type,
    rate,
    seed,
    state: figures ? "finished" : cell.datasetJobId ? "running" : "waiting",
    jobs: jobsOf(cell),
    datasetId,
    crossValidationId: (isThere && made.get(trainingJobId ?? "")?.crossValidationId) || null,
    pruningIds: isThere ? pruningJobIds.flatMap((id) => made.get(id)?.pruningId ?? []) : [],
    figures: figures && [...figures],
  };
}
