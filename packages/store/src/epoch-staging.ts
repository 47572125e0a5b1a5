import type { Queryable, Transaction } from "./client.js";
import { attachPartition, createLooseTable, partitionOf } from "./partitions.js";

// While the folds of a run vote on an epoch, each epoch's rows lie in a table of their own beside
// the run's partition. The chosen one becomes the partition: no row is written twice.

const NAME = "^fold_probabilities_([0-9]+)_e([0-9]+)$";

/** The table of an epoch's rows, fit for SQL. */
export function stagingOf(key: number, epoch: number): string {
  if (!Number.isSafeInteger(epoch)) throw new Error(`epoch ${epoch} is no integer`);
  return `${partitionOf("fold_probabilities", key)}_e${epoch}`;
}

/** Makes the tables that are not there yet. Two at once for one run: the caller holds its job's lock. */
export async function createStaging(
  tx: Transaction,
  key: number,
  epochs: readonly number[],
): Promise<void> {
  const there = new Set(await stagedEpochs(tx, key));
  for (const epoch of epochs.filter((wanted) => !there.has(wanted))) {
    await createLooseTable(tx, "fold_probabilities", key, stagingOf(key, epoch));
  }
}

/** The chosen epoch's table becomes the run's partition; the others go. */
export async function attachChosen(tx: Transaction, key: number, epoch: number): Promise<void> {
  const losers = (await stagedEpochs(tx, key)).filter((other) => other !== epoch);
  for (const loser of losers) await tx.query(`DROP TABLE ${stagingOf(key, loser)}`);
  const partition = partitionOf("fold_probabilities", key);
  const [, name] = partition.split(".");
  await tx.query(`ALTER TABLE ${stagingOf(key, epoch)} RENAME TO ${name}`);
  await attachPartition(tx, "fold_probabilities", key, partition);
}

/** Drops what is left of a run's vote. */
export async function dropStaging(tx: Queryable, key: number): Promise<void> {
  for (const epoch of await stagedEpochs(tx, key)) {
    await tx.query(`DROP TABLE IF EXISTS ${stagingOf(key, epoch)}`);
  }
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

async function stagedEpochs(db: Queryable, key: number): Promise<number[]> {
  const { rows } = await db.query<{ epoch: number }>(
    `SELECT (regexp_match(tablename, $1))[2]::int AS epoch FROM pg_tables
     WHERE schemaname = 'partitions' AND tablename ~ $1
       AND (regexp_match(tablename, $1))[1]::int = $2 ORDER BY 1`,
    [NAME, key],
  );
  return rows.map((row) => row.epoch);
}
