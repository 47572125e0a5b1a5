import { rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  hashFile,
  makeFolder,
  partOf,
  readChunks,
  storedPath,
  syncFolder,
  writeDurably,
  writeHashed,
} from "@winnow/storage";
import pg from "pg";
import { type DatabaseUrls, sessionConfig } from "../database/connection.js";
import { migrate } from "../database/migrate.js";
import { listMigrations } from "../database/migration-files.js";
import { isPartitioned } from "../database/partitions.js";
import { BackupError } from "./backup-error.js";
import { MIGRATIONS_TABLE } from "./catalog.js";
import { assertEmpty, copyRows, UnknownEnd } from "./copy-rows.js";
import { damaged, type Manifest, readManifest, type StoredEntry } from "./manifest.js";

export interface RestoreOptions {
  /** The backup's folder. */
  readonly source: string;
  /** A database without rows of Winnow; created if it does not exist. */
  readonly databaseUrl: string;
  /** How the service connects, where its role is another one than that of `databaseUrl`. */
  readonly app?: DatabaseUrls;
  readonly storageDir: string;
  readonly migrationsDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/**
 * Restores a backup's rows into an empty database and its files into storage, then migrates to this
 * version's schema. The whole backup is checked before anything is written. The rows are written in
 * one transaction; if it fails, the files are removed again. Start the service afterwards: open jobs
 * continue. Throws `not-a-backup`, `backup-damaged`, `backup-of-newer-version`, `database-not-empty`,
 * `storage-not-empty`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const source = resolve(options.source);
  const manifest = await readManifest(source);
  const known = backupMigrations(manifest, options.migrationsDir);
  await checkFiles(source, manifest, options);
  await checkStorage(manifest, options.storageDir);
  await checkDatabase(options.databaseUrl, known);
  await migrate(options.databaseUrl, options.migrationsDir, known);
  const placed: string[] = [];
  try {
    await placeFiles(source, manifest, options, placed);
    await copyRows(source, manifest, options);
  } catch (error) {
    // If the rows are there after all, they need their files.
    if (!(error instanceof UnknownEnd)) for (const path of placed) await rm(path, { force: true });
    throw error;
  }
  await migrate(options.databaseUrl, options.migrationsDir, undefined, options.app);
  return manifest;
}

/** The names of the backup's migrations, all of which this version must have, unchanged. */
function backupMigrations({ migrations }: Manifest, migrationsDir: string): ReadonlySet<string> {
  const ours = new Map(listMigrations(migrationsDir).map(({ name, checksum }) => [name, checksum]));
  const strange = migrations.find(({ name, checksum }) => ours.get(name) !== checksum);
  if (strange) {
    throw new BackupError(
      "backup-of-newer-version",
      `The backup was made with the migration ${strange.name}, which this version ${ours.has(strange.name) ? "has with different content" : "does not have"}; restore it with the version that made it, or a newer one.`,
    );
  }
  return new Set(migrations.map(({ name }) => name));
}

/** Reads every byte of the backup. */
async function checkFiles(
  source: string,
  { tables, files }: Manifest,
  { signal, onProgress }: RestoreOptions,
): Promise<void> {
  const all = [...tables, ...files.map((file) => ({ ...file, path: `files/${file.path}` }))];
  for (const [i, { path, bytes, sha256 }] of all.entries()) {
    onProgress?.("checked", i, all.length);
    const found = await stat(join(source, path)).catch(() => null);
    if (!found?.isFile()) throw damaged(path, "it does not exist");
    if (found.size !== bytes) throw damaged(path, `it has ${found.size} bytes instead of ${bytes}`);
    if ((await hashFile(join(source, path), signal)).sha256 !== sha256) throw damaged(path);
  }
  for (const { table, partitionKey } of tables) {
    if (partitionKey !== null && !isPartitioned(table)) {
      throw new BackupError("not-a-backup", `This version's table ${table} has no partitions.`);
    }
  }
}

async function checkStorage({ files }: Manifest, storageDir: string): Promise<void> {
  for (const { path } of files) {
    if (!(await stat(storedPath(storageDir, path)).catch(() => null))) continue;
    throw new BackupError(
      "storage-not-empty",
      `${storedPath(storageDir, path)} already exists; restore into an empty storage folder.`,
    );
  }
}

/** Throws if the database has rows of ours, or a migration that the backup lacks. */
async function checkDatabase(databaseUrl: string, known: ReadonlySet<string>): Promise<void> {
  const db = new pg.Client(sessionConfig(databaseUrl, "winnow-restore"));
  db.on("error", () => {}); // a broken connection fails the query that meets it
  try {
    await db.connect();
  } catch (error) {
    await db.end().catch(() => {});
    if (error instanceof pg.DatabaseError && error.code === "3D000") return; // migrate makes it
    throw error;
  }
  try {
    await assertEmpty(db);
    const { rows } = await db.query<{ is: boolean }>("SELECT to_regclass($1) IS NOT NULL AS is", [
      `public.${MIGRATIONS_TABLE}`,
    ]);
    if (!rows[0]?.is) return;
    const applied = await db.query<{ name: string }>(
      `SELECT migration_name AS name FROM ${MIGRATIONS_TABLE} WHERE rolled_back_at IS NULL`,
    );
    const ahead = applied.rows.find(({ name }) => !known.has(name));
    if (!ahead) return;
    throw new BackupError(
      "database-not-empty",
      `The database has no rows, but it has newer migrations than the backup (${ahead.name}); restore into a new database, which is migrated afterwards.`,
    );
  } finally {
    await db.end();
  }
}

async function placeFiles(
  source: string,
  { files }: Manifest,
  { storageDir, signal, onProgress }: RestoreOptions,
  placed: string[],
): Promise<void> {
  for (const [i, { path, bytes, sha256 }] of files.entries()) {
    onProgress?.("files", i, files.length);
    const target = storedPath(storageDir, path);
    const part = partOf(target);
    // Left by a restore that was killed.
    await rm(part, { force: true });
    placed.push(target);
    await writeDurably(target, part, async (file) => {
      const chunks = readChunks(join(source, "files", path));
      const written = await writeHashed(file, chunks, signal);
      assertSame({ path: `files/${path}`, bytes, sha256 }, written);
    });
  }
  await makeFolder(storageDir);
  await syncFolder(storageDir);
  for (const folder of foldersOf(files)) await syncFolder(storedPath(storageDir, folder));
}

/** The folders that hold files, and those that hold folders: each may be new. */
function foldersOf(files: readonly StoredEntry[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let at = dirname(path); at !== "."; at = dirname(at)) folders.add(at);
  }
  return folders;
}

function assertSame(expected: StoredEntry, found: { bytes: number; sha256: string }): void {
  if (found.sha256 !== expected.sha256) throw damaged(expected.path);
}
