import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { readChunks } from "@winnow/storage";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { stagingOf } from "../cross-validations/epoch-staging.js";
import { sessionConfig } from "../database/connection.js";
import { isPartitioned, type PartitionedTable, partitionOf } from "../database/partitions.js";
import { BackupError, withoutLocks } from "./backup-error.js";
import { listTables } from "./catalog.js";
import { damaged, type Manifest, type TableEntry } from "./manifest.js";

interface CopyOptions {
  readonly databaseUrl: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** The connection broke during the commit: the rows may or may not be there. */
export class UnknownEnd extends Error {
  override readonly name = "UnknownEnd";
}

/** Throws `database-not-empty` where any of our tables has a row. */
export async function assertEmpty(db: pg.ClientBase): Promise<void> {
  for (const { relation } of await listTables(db)) {
    const { rowCount } = await db.query(`SELECT 1 FROM ${relation} LIMIT 1`);
    if (!rowCount) continue;
    throw new BackupError(
      "database-not-empty",
      `The table ${relation} has rows; restore into a new database. Nothing was changed.`,
    );
  }
}

/** Copies all rows in one transaction. Throws `UnknownEnd` if nobody can say how it ended. */
export async function copyRows(
  source: string,
  manifest: Manifest,
  options: CopyOptions,
): Promise<void> {
  const { databaseUrl, signal, onProgress } = options;
  const db = open(databaseUrl);
  let lost: Error | undefined;
  db.on("error", (error) => {
    lost = error;
  });
  await db.connect();
  try {
    await db.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    await assertEmpty(db);
    for (const [i, entry] of manifest.tables.entries()) {
      onProgress?.("tables", i, manifest.tables.length);
      await copyTable(db, source, entry, signal);
    }
    for (const { name, lastValue, isCalled } of manifest.sequences) {
      await db.query("SELECT setval($1::regclass, $2::bigint, $3)", [
        `public."${name}"`,
        lastValue,
        isCalled,
      ]);
    }
    await db.query("COMMIT").catch((error) => assertCommitted(databaseUrl, manifest, error));
    // The rows are there; Postgres makes up missing statistics by itself.
    for (const table of new Set(manifest.tables.map((entry) => entry.table))) {
      await db.query(`ANALYZE public."${table}"`).catch(() => {});
    }
  } catch (error) {
    // Closing the connection rolls back.
    throw withoutLocks(lost && !(error instanceof UnknownEnd) ? lost : error);
  } finally {
    await db.end().catch(() => {});
  }
}

/** Checks how a commit ended that failed with `cause`; throws `cause` if no rows are there. */
async function assertCommitted(
  databaseUrl: string,
  { tables }: Manifest,
  cause: unknown,
): Promise<void> {
  const db = open(databaseUrl);
  db.on("error", () => {}); // a broken connection fails the query that meets it
  let isEmpty: boolean;
  try {
    await db.connect();
    // The commit may still be running: this waits for its locks.
    await db.query("BEGIN; SET LOCAL lock_timeout = '60s'");
    if (tables[0]) await db.query(`LOCK TABLE public."${tables[0].table}" IN SHARE MODE`);
    isEmpty = await assertEmpty(db).then(
      () => true,
      (error) => {
        if (error instanceof BackupError) return false;
        throw error;
      },
    );
  } catch {
    throw new UnknownEnd(
      "The connection broke at the end of the restore, and the database could not be queried for the rows. The files were left in place: if the database has rows, it is restored; if not, remove them and restore again.",
      { cause },
    );
  } finally {
    await db.end().catch(() => {});
  }
  if (isEmpty) throw cause;
}

const open = (databaseUrl: string): pg.Client =>
  new pg.Client(sessionConfig(databaseUrl, "winnow-restore"));

async function copyTable(
  db: pg.Client,
  source: string,
  { table, partitionKey, epoch, columns, rows, path }: TableEntry,
  signal: AbortSignal,
): Promise<void> {
  let relation = `public."${table}"`;
  if (partitionKey !== null && epoch !== null) {
    relation = stagingOf(partitionKey, epoch);
    await createTable(db, "fold_probabilities", partitionKey, relation);
  } else if (partitionKey !== null && isPartitioned(table)) {
    relation = partitionOf(table, partitionKey);
    await createTable(db, table, partitionKey, relation);
    await db.query(
      `ALTER TABLE public.${table} ATTACH PARTITION ${relation} FOR VALUES IN (${partitionKey});
       ALTER TABLE ${relation} DROP CONSTRAINT of_run`,
    );
  }
  const list = columns.map((column) => `"${column}"`).join(", ");
  const sink = db.query(copyFrom(`COPY ${relation} (${list}) FROM STDIN (FORMAT binary)`));
  await pipeline(readChunks(join(source, path)), sink, { signal });
  if (sink.rowCount !== rows) throw damaged(path, `it gave ${sink.rowCount} rows of ${rows}`);
}

/**
 * What `partitions.create_table` does. The schema here is still the backup's, which may be older than
 * that function.
 */
async function createTable(
  db: pg.Client,
  table: PartitionedTable,
  key: number,
  relation: string,
): Promise<void> {
  const column = table === "samples" ? "dataset_key" : "cross_validation_key";
  await db.query(
    `CREATE TABLE ${relation} (LIKE public.${table} INCLUDING ALL,
       CONSTRAINT of_run CHECK (${column} = ${Number(key)}))`,
  );
  if (table === "samples") return;
  await db.query(`ALTER TABLE ${relation} SET (toast_tuple_target = 8160)`);
}
