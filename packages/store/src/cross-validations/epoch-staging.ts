import type { Queryable, Transaction } from "../database/client.js";
import {
  announceRemoval,
  attachPartition,
  createLooseTable,
  dropTable,
  partitionOf,
} from "../database/partitions.js";

// While the folds of a run vote on an epoch, the rows of each epoch have a table of their own
// beside the run's partition. The elected epoch's table becomes the partition, so no row is written
// twice.

const NAME = "^fold_probabilities_([0-9]+)_e([0-9]+)$";

/** The table of an epoch's rows, ready for SQL. */
export function stagingOf(key: number, epoch: number): string {
  if (!Number.isSafeInteger(epoch)) throw new Error(`epoch ${epoch} is no integer`);
  return `${partitionOf("fold_probabilities", key)}_e${epoch}`;
}

/**
 * Creates the tables that do not exist yet. The caller holds the job's lock: two calls for one run
 * at the same time would collide.
 */
export async function createStaging(
  tx: Transaction,
  key: number,
  epochs: readonly number[],
): Promise<void> {
  const there = new Set(await stagedEpochs(tx, key));
  for (const epoch of epochs.filter((wanted) => !there.has(wanted))) {
    await createLooseTable(tx, "fold_probabilities", key, epoch);
  }
}

/** Makes the elected epoch's table the run's partition and drops the others. */
export async function attachChosen(tx: Transaction, key: number, epoch: number): Promise<void> {
  await announceRemoval(tx);
  const losers = (await stagedEpochs(tx, key)).filter((other) => other !== epoch);
  for (const loser of losers) await dropTable(tx, "fold_probabilities", key, loser);
  await attachPartition(tx, "fold_probabilities", key, epoch);
}

/** Drops all tables of a run's vote. */
export async function dropStaging(tx: Queryable, key: number): Promise<void> {
  const epochs = await stagedEpochs(tx, key);
  if (epochs.length > 0) await announceRemoval(tx);
  for (const epoch of epochs) await dropTable(tx, "fold_probabilities", key, epoch);
}

/** The keys of all runs that have such tables. */
export async function stagedRuns(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ key: number }>(
    `SELECT DISTINCT (regexp_match(tablename, $1))[1]::int AS key FROM pg_tables
     WHERE schemaname = 'partitions' AND tablename ~ $1`,
    [NAME],
  );
  return rows.map((row) => row.key);
}

/** Bytes on disk of the tables of a run's vote. */
export async function stagedBytes(db: Queryable, key: number): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM pg_class
     WHERE relnamespace = 'partitions'::regnamespace AND relkind = 'r' AND relname ~ $1
       AND (regexp_match(relname, $1))[1]::int = $2`,
    [NAME, key],
  );
  return rows[0]?.bytes ?? 0;
}

/** The run and epoch of the table of that name; null for any other table. */
export function stagedBy(name: string): { key: number; epoch: number } | null {
  const [, key, epoch] = new RegExp(NAME).exec(name) ?? [];
  return key === undefined || epoch === undefined
    ? null
    : { key: Number(key), epoch: Number(epoch) };
}

async function stagedEpochs(db: Queryable, key: number): Promise<number[]> {
  const { rows } = await db.query<{ epoch: number }>(
    `SELECT (regexp_match(tablename, $1))[2]::int AS epoch FROM pg_tables
     WHERE schemaname = 'partitions' AND tablename ~ $1
       AND (regexp_match(tablename, $1))[1]::int = $2 ORDER BY 1`,
    [NAME, key],
  );
  return rows.map((row) => row.epoch);
}
