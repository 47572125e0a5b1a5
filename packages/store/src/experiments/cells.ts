import type { ExperimentFigures, ExperimentRun } from "@winnow/contracts";
import { type Database, sql, type Transaction } from "../database/client.js";
import type { TruthStep } from "../prunings/matrices.js";

/** A row of `experiment_cells`. Its state follows from what it names. */
export interface Cell extends ExperimentRun {
  readonly index: number;
  readonly datasetJobId: string | null;
  readonly trainingJobId: string | null;
  readonly pruningJobIds: readonly string[];
  readonly datasetId: string | null;
  readonly figures: readonly ExperimentFigures[] | null;
}

/** In the order in which they begin; without their curves, which only calibration reads. */
export async function readCells(db: Database, jobId: string): Promise<Cell[]> {
  const { rows } = await sql(db).query<Cell>(
    `SELECT index, noise, rate, seed::float8 AS seed, dataset_job_id AS "datasetJobId",
       training_job_id AS "trainingJobId", pruning_job_ids AS "pruningJobIds",
       dataset_id AS "datasetId", figures
     FROM experiment_cells WHERE job_id = $1 ORDER BY index`,
    [jobId],
  );
  return rows;
}

export async function insertCells(
  tx: Transaction,
  jobId: string,
  runs: readonly ExperimentRun[],
): Promise<void> {
  await tx.query(
    `INSERT INTO experiment_cells (job_id, index, noise, rate, seed)
     SELECT $1, index, noise, rate, seed
     FROM json_to_recordset($2) AS r (index int4, noise int4, rate float8, seed int8)`,
    [jobId, JSON.stringify(runs.map((run, index) => ({ ...run, index })))],
  );
}

/** What a cell names from now on. */
type CellChange = Partial<
  Pick<Cell, "datasetJobId" | "trainingJobId" | "pruningJobIds" | "datasetId" | "figures"> & {
    readonly curves: readonly (readonly TruthStep[])[];
  }
>;

const COLUMNS: Readonly<Record<keyof CellChange, string>> = {
  datasetJobId: "dataset_job_id",
  trainingJobId: "training_job_id",
  pruningJobIds: "pruning_job_ids",
  datasetId: "dataset_id",
  figures: "figures",
  curves: "curves",
};

const JSON_COLUMNS: readonly string[] = ["figures", "curves"];

/** The caller holds the lock of the cell's job. */
export async function changeCell(
  db: Database,
  jobId: string,
  index: number,
  change: CellChange,
): Promise<void> {
  const entries = Object.entries(change) as [keyof CellChange, unknown][];
  const sets = entries.map(([name], i) => `${COLUMNS[name]} = $${i + 3}`);
  await sql(db).query(
    `UPDATE experiment_cells SET ${sets.join(", ")} WHERE job_id = $1 AND index = $2`,
    [
      jobId,
      index,
      ...entries.map(([name, value]) =>
        JSON_COLUMNS.includes(name) ? JSON.stringify(value) : value,
      ),
    ],
  );
}
