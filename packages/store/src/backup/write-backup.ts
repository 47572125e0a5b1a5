import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { BackupError } from "./backup-error.js";
import { type CopiedTable, listSequences, listTables, MIGRATIONS_TABLE } from "./catalog.js";
import { readFrom, syncFolder, writeHashed } from "./hashed-copy.js";
import {
  encodeManifest,
  MANIFEST,
  MANIFEST_SUM,
  type Manifest,
  type StoredEntry,
  type TableEntry,
} from "./manifest.js";

/** A table that was dropped between being listed and being held: the snapshot is taken again. */
const MAX_SNAPSHOTS = 10;
const UNDEFINED_TABLE = "42P01";

export interface BackupOptions {
  readonly databaseUrl: string;
  readonly storageDir: string;
  /** A folder that is not there yet; it appears when the backup is whole. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/**
 * Writes everything that Postgres holds, as of one moment, and the stored files that its rows name.
 * The service may go on meanwhile; a dataset cannot be deleted while its rows are copied. Redis is
 * not asked: it is rebuilt. Throws `backup-exists`, `database-not-migrated`.
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const target = resolve(options.target);
  if (await stat(target).catch(() => null)) {
    throw new BackupError("backup-exists", `${target} is there already; name a new folder.`);
  }
  await mkdir(dirname(target), { recursive: true });
  const part = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.part`);
  await mkdir(part, { mode: 0o700 });
  try {
    const manifest = await copyAll(options, part);
    const { json, sum } = encodeManifest(manifest);
    await writeFile(join(part, MANIFEST), json, { mode: 0o600, flush: true });
    await writeFile(join(part, MANIFEST_SUM), sum, { mode: 0o600, flush: true });
    for (const folder of await foldersOf(part)) await syncFolder(folder);
    // Fails where somebody made the folder meanwhile and put something into it.
    await rename(part, target);
    await syncFolder(dirname(target));
    return manifest;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function copyAll(options: BackupOptions, part: string): Promise<Manifest> {
  const db = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: "winnow-backup",
    keepAlive: true,
  });
  let lost: Error | undefined;
  db.on("error", (error) => {
    lost = error;
  });
  await db.connect();
  let database: Omit<Manifest, "format" | "files" | "missing">;
  let named: NamedFiles;
  try {
    const tables = await takeSnapshot(db);
    database = await copyDatabase(db, tables, part, options);
    named = await namedFiles(db);
    await db.query("COMMIT");
  } catch (error) {
    throw lost ?? error;
  } finally {
    await db.end().catch(() => {});
  }
  const { files, missing } = await copyFiles(named, part, options);
  return { format: "winnow-backup-1", ...database, files, missing };
}

/** Begins the transaction whose snapshot is the backup, and holds its tables against DROP. */
async function takeSnapshot(db: pg.Client): Promise<CopiedTable[]> {
  for (let snapshots = 1; ; snapshots++) {
    await db.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const migrated = await db.query<{ is: boolean }>("SELECT to_regclass($1) IS NOT NULL AS is", [
      `public.${MIGRATIONS_TABLE}`,
    ]);
    if (!migrated.rows[0]?.is) {
      throw new BackupError("database-not-migrated", "The database holds nothing of Winnow's.");
    }
    const tables = await listTables(db);
    try {
      for (const { relation } of tables) {
        await db.query(`LOCK TABLE ONLY ${relation} IN ACCESS SHARE MODE`);
      }
      return tables;
    } catch (error) {
      await db.query("ROLLBACK");
      const dropped = error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE;
      if (!dropped || snapshots === MAX_SNAPSHOTS) throw error;
    }
  }
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
  const { at, version } = about.rows[0] as { at: Date; version: string };
  const { rows: migrations } = await db.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM ${MIGRATIONS_TABLE}
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  const entries: TableEntry[] = [];
  for (const [i, { table, partitionKey, relation, columns }] of tables.entries()) {
    onProgress?.("tables", i, tables.length);
    const name = partitionKey === null ? table : `${table}_${partitionKey}`;
    const path = `tables/${name}.copy`;
    const list = columns.map((column) => `"${column}"`).join(", ");
    const stream = db.query(copyTo(`COPY ${relation} (${list}) TO STDOUT (FORMAT binary)`));
    const written = await writeHashed(stream, join(part, path), signal);
    const copied = { table, partitionKey, columns: [...columns], rows: stream.rowCount };
    entries.push({ ...copied, path, ...written });
  }
  return {
    snapshotAt: at.toISOString(),
    postgres: version,
    migrations,
    tables: entries,
    // No snapshot holds them; they are never behind the rows.
    sequences: await listSequences(db),
  };
}

interface NamedFiles {
  /** Of whole uploads; each should be there. */
  readonly uploads: readonly string[];
  /** Of uploads under way: none before the first byte. */
  readonly unfinished: readonly string[];
  /** Tasks that have not ended: a worker goes on from their last checkpoint. */
  readonly openTasks: readonly string[];
}

/** What the rows of the snapshot say of files. */
async function namedFiles(db: pg.Client): Promise<NamedFiles> {
  const { rows } = await db.query<{ path: string; whole: boolean }>(
    "SELECT storage_key AS path, sha256 IS NOT NULL AS whole FROM uploads ORDER BY id",
  );
  const open = await db.query<{ id: string }>(
    "SELECT id FROM tasks WHERE state IN ('queued', 'running') ORDER BY id",
  );
  return {
    uploads: rows.filter(({ whole }) => whole).map(({ path }) => path),
    unfinished: rows.filter(({ whole }) => !whole).map(({ path }) => `${path}.part`),
    openTasks: open.rows.map(({ id }) => id),
  };
}

async function copyFiles(
  { uploads, unfinished, openTasks }: NamedFiles,
  part: string,
  { storageDir, signal, onProgress }: BackupOptions,
): Promise<{ files: StoredEntry[]; missing: string[] }> {
  const files: StoredEntry[] = [];
  const missing: string[] = [];
  const total = uploads.length + unfinished.length + openTasks.length;
  const tell = () => onProgress?.("files", files.length + missing.length, total);
  /** Whether the file was there. */
  const copy = async (path: string): Promise<boolean> => {
    signal.throwIfAborted();
    tell();
    const target = join(part, "files", path);
    try {
      const written = await writeHashed(readFrom(join(storageDir, path)), target, signal);
      files.push({ path, ...written });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await rm(target, { force: true });
      return false;
    }
  };
  for (const path of uploads) if (!(await copy(path))) missing.push(path);
  for (const path of unfinished) await copy(path);
  for (const id of openTasks) await copyCheckpoint(`checkpoints/${id}`, storageDir, copy);
  return { files, missing };
}

/** Copies a fold's newest state. A fold in training replaces it all the time: then the next one. */
async function copyCheckpoint(
  folder: string,
  storageDir: string,
  copy: (path: string) => Promise<boolean>,
): Promise<void> {
  for (let looks = 0; looks < 10; looks++) {
    const names = await readdir(join(storageDir, folder)).catch((): string[] => []);
    const saved = names.filter((name) => name.endsWith(".checkpoint")).sort();
    const newest = saved.at(-1);
    if (newest === undefined || (await copy(`${folder}/${newest}`))) return;
  }
}

async function foldersOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  return [root, ...folders.map((entry) => join(entry.parentPath, entry.name))];
}
