import { lockSession, lockShared, unlockSession } from "./advisory-locks.js";
import { poolOf, type Queryable, type Store, withTransaction } from "./client.js";

/** The tables with a partition for each dataset or run, and the tables of those. */
const OWNERS = { samples: "datasets", fold_probabilities: "cross_validations" } as const;
export type PartitionedTable = keyof typeof OWNERS;

export const isPartitioned = (table: string): table is PartitionedTable =>
  Object.hasOwn(OWNERS, table);

/** The name of a run's partition, ready for SQL: `key` is an integer that we assigned. */
export function partitionOf(table: PartitionedTable, key: number): string {
  if (!Number.isSafeInteger(key)) throw new Error(`partition key ${key} is no integer`);
  return `partitions.${table}_${key}`;
}

// DDL is the owner's: the service's role calls its functions, which make the same names.

/**
 * Creates the run's partition, empty. It is a table that is attached afterwards: unlike CREATE
 * TABLE ... PARTITION OF, ATTACH does not wait for running COPYs into other partitions.
 */
export async function createPartition(
  tx: Queryable,
  table: PartitionedTable,
  key: number,
): Promise<string> {
  await createLooseTable(tx, table, key);
  await attachPartition(tx, table, key);
  return partitionOf(table, key);
}

/**
 * Creates a table that `attachPartition` can later make the run's partition. With an epoch it is
 * named after it, too.
 */
export async function createLooseTable(
  tx: Queryable,
  table: PartitionedTable,
  key: number,
  epoch: number | null = null,
): Promise<void> {
  await tx.query("SELECT partitions.create_table($1, $2, $3)", [table, key, epoch]);
}

/** Makes a loose table the run's partition; one of an epoch gets the name from `partitionOf`. */
export async function attachPartition(
  tx: Queryable,
  table: PartitionedTable,
  key: number,
  epoch: number | null = null,
): Promise<void> {
  await tx.query("SELECT partitions.attach_table($1, $2, $3)", [table, key, epoch]);
}

/** Call `announceRemoval` before. */
export async function dropTable(
  tx: Queryable,
  table: PartitionedTable,
  key: number,
  epoch: number | null = null,
): Promise<void> {
  await tx.query("SELECT partitions.drop_table($1, $2, $3)", [table, key, epoch]);
}

// TRUNCATE and DROP are visible to older snapshots, unlike other changes: these find the table
// empty or gone. So both take a lock, shared, until their transaction ends, and a backup takes it
// alone from before its snapshot until its tables are locked. Readers and writers of rows do not
// take it.
const TABLES = "partitions";

/** Call before emptying or dropping a table; waits while a backup takes its snapshot. */
export async function announceRemoval(tx: Queryable): Promise<void> {
  await lockShared(tx, "removals", TABLES);
}

/** Runs `work` while nobody empties or drops a table, on a connection without a transaction. */
export async function withoutRemovals<T>(db: Queryable, work: () => Promise<T>): Promise<T> {
  await lockSession(db, "removals", TABLES);
  try {
    return await work();
  } finally {
    // A broken connection has already released it.
    await unlockSession(db, "removals", TABLES).catch(() => {});
  }
}

/**
 * Frees the space of a run's rows at once, however many they are. It waits only for their readers.
 */
export async function emptyPartition(
  tx: Queryable,
  table: PartitionedTable,
  key: number,
): Promise<void> {
  const name = partitionOf(table, key);
  const { rows } = await tx.query<{ found: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS found",
    [name],
  );
  if (!rows[0]?.found) return;
  await announceRemoval(tx);
  await tx.query("SELECT partitions.empty_table($1, $2)", [table, key]);
}

/**
 * Drops the partitions of deleted datasets and runs; returns how many. A drop locks the whole table
 * and blocks all who come after it, so it gives up quickly and leaves the rest to the next sweep.
 */
export async function sweepPartitions(store: Store): Promise<number> {
  let dropped = 0;
  for (const table of ["samples", "fold_probabilities"] as const) {
    const { rows } = await poolOf(store).query<{ key: number }>(
      `SELECT key FROM (
         SELECT substring(tablename FROM '^${table}_([0-9]+)$')::int AS key
         FROM pg_tables WHERE schemaname = 'partitions'
       ) found WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM ${OWNERS[table]})`,
    );
    for (const { key } of rows) {
      if (!(await dropWithoutWaiting(store, table, key))) break;
      dropped += 1;
    }
  }
  return dropped;
}

const LOCK_TIMEOUT = "100ms";

/** Whether a statement gave up waiting for a lock. */
export const isLockTimeout = (error: unknown): boolean =>
  (error as { code?: string }).code === "55P03";

async function dropWithoutWaiting(
  store: Store,
  table: PartitionedTable,
  key: number,
): Promise<boolean> {
  try {
    await withTransaction(store, async (tx) => {
      await tx.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await announceRemoval(tx);
      await dropTable(tx, table, key);
    });
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}
