import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { newPartOf, renameDurably, syncFolders, writeHashed, writeNewFile } from "@winnow/storage";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { sessionConfig } from "../database/connection.js";
import { withoutRemovals } from "../database/partitions.js";
import { poolerInTheWay } from "../database/pooling.js";
import { BackupError, withoutLocks } from "./backup-error.js";
import {
  type CopiedTable,
  findEmptied,
  listSequences,
  listTables,
  MIGRATIONS_TABLE,
} from "./catalog.js";
import {
  encodeManifest,
  MANIFEST,
  MANIFEST_SUM,
  type Manifest,
  type TableEntry,
} from "./manifest.js";
import { copyFiles, type NamedFiles, namedFiles } from "./stored-files.js";

export interface BackupOptions {
  readonly databaseUrl: string;
  readonly storageDir: string;
  /** A folder that does not exist yet; it appears when the backup is complete. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/**
 * Writes everything that Postgres holds, as of one moment, and the stored files that its rows name.
 * The service may run meanwhile; a dataset cannot be deleted while its rows are copied. Redis is left
 * out, since it is rebuilt from Postgres. Throws `backup-exists`, `database-not-migrated`, `storage-missing`.
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const target = resolve(options.target);
  if (await stat(target).catch(() => null)) {
    throw new BackupError("backup-exists", `${target} already exists; name a new folder.`);
  }
  await mkdir(dirname(target), { recursive: true });
  const part = newPartOf(join(dirname(target), `.${basename(target)}`));
  await mkdir(part, { mode: 0o700 });
  try {
    const manifest = await copyAll(options, part);
    const { json, sum } = encodeManifest(manifest);
    await writeFile(join(part, MANIFEST), json, { mode: 0o600, flush: true });
    await writeFile(join(part, MANIFEST_SUM), sum, { mode: 0o600, flush: true });
    await syncFolders(part);
    // Fails if another process made the folder meanwhile and put something into it.
    await renameDurably(part, target);
    return manifest;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function copyAll(options: BackupOptions, part: string): Promise<Manifest> {
  const pooler = await poolerInTheWay(options.databaseUrl);
  if (pooler !== null) {
    throw new BackupError(
      "database-pooled",
      `The URL leads to Postgres through ${pooler}, and a backup is one long session: set DIRECT_DATABASE_URL to the address of Postgres itself.`,
    );
  }
  const db = new pg.Client(sessionConfig(options.databaseUrl, "winnow-backup"));
  let lost: Error | undefined;
  db.on("error", (error) => {
    lost = error;
  });
  await db.connect();
  let database: Omit<Manifest, "format" | "files" | "missing">;
  let named: NamedFiles;
  try {
    const tables = await takeSnapshot(db);
    named = await namedFiles(db);
    await assertStorage(named, options.storageDir);
    database = await copyDatabase(db, tables, part, options);
    await db.query("COMMIT");
  } catch (error) {
    throw withoutLocks(lost ?? error);
  } finally {
    await db.end().catch(() => {});
  }
  const { files, missing } = await copyFiles(named, part, options);
  if (missing.length > 0 && missing.length === named.expected.length) {
    throw new BackupError(
      "storage-missing",
      `None of the ${missing.length} stored files that the database names is in ${options.storageDir}; set STORAGE_DIR to the service's.`,
    );
  }
  return { format: "winnow-backup-1", ...database, files, missing };
}

/** Throws if rows name files and the folder that should hold them does not exist. */
async function assertStorage({ expected }: NamedFiles, storageDir: string): Promise<void> {
  if (expected.length === 0 || (await stat(storageDir).catch(() => null))?.isDirectory()) return;
  throw new BackupError(
    "storage-missing",
    `The database names ${expected.length} stored files, and the storage folder ${storageDir} does not exist; set STORAGE_DIR to the service's.`,
  );
}

/**
 * Begins the transaction whose snapshot is the backup, and locks its tables against TRUNCATE and DROP.
 * Deletions wait until all locks are taken; afterwards only for the tables that they would empty.
 */
async function takeSnapshot(db: pg.Client): Promise<CopiedTable[]> {
  const migrated = await db.query<{ is: boolean }>("SELECT to_regclass($1) IS NOT NULL AS is", [
    `public.${MIGRATIONS_TABLE}`,
  ]);
  if (!migrated.rows[0]?.is) {
    throw new BackupError("database-not-migrated", "The database has no Winnow tables.");
  }
  return withoutRemovals(db, async () => {
    try {
      await db.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const tables = await listTables(db);
      await hold(
        db,
        tables.filter(({ epoch }) => epoch === null),
      );
      // Rolling back to here releases the locks that follow.
      await db.query("SAVEPOINT votes");
      await hold(
        db,
        tables.filter(({ epoch }) => epoch !== null),
      );
      return tables;
    } catch (error) {
      await db.query("ROLLBACK").catch(() => {});
      throw error;
    }
  });
}

async function hold(db: pg.Client, tables: readonly CopiedTable[]): Promise<void> {
  if (tables.length === 0) return;
  const relations = tables.map(({ relation }) => `ONLY ${relation}`).join(", ");
  await db.query(`LOCK TABLE ${relations} IN ACCESS SHARE MODE`);
  const emptied = await findEmptied(db, tables);
  if (emptied === undefined) return;
  // Emptied without our locks: by a process of an earlier version, or by a person.
  throw new Error(`${emptied} was emptied while the snapshot was taken; try again`);
}

async function copyDatabase(
  db: pg.Client,
  tables: readonly CopiedTable[],
  part: string,
  { signal, onProgress }: BackupOptions,
) {
  const about = await db.query<{ at: Date; version: string }>(
    "SELECT transaction_timestamp() AS at, current_setting('server_version') AS version",
  );
  const { at, version } = about.rows[0]!;
  const { rows: migrations } = await db.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM ${MIGRATIONS_TABLE}
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  const entries: TableEntry[] = [];
  // Epochs in a vote come first: a run cannot end while they are locked.
  const voted = tables.filter(({ epoch }) => epoch !== null);
  const others = tables.filter(({ epoch }) => epoch === null);
  for (const [i, copiedTable] of [...voted, ...others].entries()) {
    if (i === voted.length) await db.query("ROLLBACK TO SAVEPOINT votes");
    onProgress?.("tables", i, tables.length);
    const { table, partitionKey, epoch, relation, columns } = copiedTable;
    const path = `tables/${[table, partitionKey, epoch === null ? null : `e${epoch}`].filter((part) => part !== null).join("_")}.copy`;
    const list = columns.map((column) => `"${column}"`).join(", ");
    const stream = db.query(copyTo(`COPY ${relation} (${list}) TO STDOUT (FORMAT binary)`));
    const written = await writeNewFile(join(part, path), (file) =>
      writeHashed(file, stream, signal),
    );
    const copied = { table, partitionKey, epoch, columns: [...columns], rows: stream.rowCount };
    entries.push({ ...copied, path, ...written });
  }
  return {
    snapshotAt: at.toISOString(),
    postgres: version,
    migrations,
    tables: entries,
    // Sequences are outside the snapshot; read later, they are never behind the rows.
    sequences: await listSequences(db),
  };
}
