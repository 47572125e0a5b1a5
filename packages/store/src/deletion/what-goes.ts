import { AppError, type Deletion } from "@winnow/contracts";
import { poolOf, type Queryable, type Store } from "../database/client.js";
import { type PartitionedTable, partitionOf } from "../database/partitions.js";
import { readUpload } from "../datasets/uploads.js";

/** Throws `dataset-not-found`. */
export async function datasetDeletion(store: Store, id: string): Promise<Deletion> {
  const db = poolOf(store);
  const { rows } = await db.query<{ key: number; name: string; samples: number | null }>(
    "SELECT key, name, rows AS samples FROM datasets WHERE id = $1",
    [id],
  );
  const dataset = rows[0];
  if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${id}.`);
  const runs = await goesWithDataset(db, id);
  return {
    ...runs,
    name: dataset.name,
    samples: dataset.samples ?? 0,
    bytes: runs.bytes + (await tableBytes(db, "samples", [dataset.key])),
  };
}

/** Throws `cross-validation-not-found`. */
export async function runDeletion(store: Store, id: string): Promise<Deletion> {
  const run = await goesWithRun(poolOf(store), id);
  if (run.crossValidations.length > 0) return run;
  throw new AppError("cross-validation-not-found", `No cross-validation has the id ${id}.`);
}

/** Throws `pruning-not-found`. */
export async function pruningDeletion(store: Store, id: string): Promise<Deletion> {
  const { rows } = await poolOf(store).query<{ flags: number | null }>(
    "SELECT flagged AS flags FROM prunings WHERE id = $1",
    [id],
  );
  if (!rows[0]) throw new AppError("pruning-not-found", `No pruning has the id ${id}.`);
  return { ...nothing(id), prunings: [id], flags: rows[0].flags ?? 0 };
}

/** Throws `upload-not-found`. */
export async function uploadDeletion(store: Store, id: string): Promise<Deletion> {
  const { bytes } = await readUpload(store, id);
  const { rows } = await poolOf(store).query<{ filename: string | null }>(
    "SELECT filename FROM uploads WHERE id = $1",
    [id],
  );
  return { ...nothing(id), name: rows[0]?.filename ?? null, bytes };
}

/** The runs of a dataset, with their prunings. */
export const goesWithDataset = (db: Queryable, id: string): Promise<Deletion> =>
  goesWithRuns(db, id, "dataset_id");

/** A run with its members and their prunings; no run if there is none with this id. */
export const goesWithRun = (db: Queryable, id: string): Promise<Deletion> =>
  goesWithRuns(db, id, "id");

/** The ids of all that goes. */
export const idsOf = ({ id, crossValidations, prunings }: Deletion): string[] => [
  ...new Set([id, ...crossValidations, ...prunings]),
];

async function goesWithRuns(
  db: Queryable,
  id: string,
  column: "dataset_id" | "id",
): Promise<Deletion> {
  const runs = await db.query<{ id: string; key: number }>(
    `SELECT id, key FROM cross_validations WHERE ${column} = $1 OR parent_id = $1 ORDER BY id`,
    [id],
  );
  const crossValidations = runs.rows.map((run) => run.id);
  const prunings = await db.query<{ id: string; flags: number | null }>(
    "SELECT id, flagged AS flags FROM prunings WHERE cross_validation_id = ANY($1) ORDER BY id",
    [crossValidations],
  );
  const keys = runs.rows.map((run) => run.key);
  return {
    ...nothing(id),
    crossValidations,
    prunings: prunings.rows.map((pruning) => pruning.id),
    flags: prunings.rows.reduce((sum, { flags }) => sum + (flags ?? 0), 0),
    bytes: await tableBytes(db, "fold_probabilities", keys),
  };
}

const nothing = (id: string): Deletion => ({
  id,
  name: null,
  samples: 0,
  crossValidations: [],
  prunings: [],
  flags: 0,
  bytes: 0,
});

/** What the partitions of these keys take, indexes included. */
async function tableBytes(
  db: Queryable,
  table: PartitionedTable,
  keys: readonly number[],
): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::float8 AS bytes
     FROM unnest($1::text[]) AS name`,
    [keys.map((key) => partitionOf(table, key))],
  );
  return rows[0]!.bytes;
}
