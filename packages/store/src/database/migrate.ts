import { randomUUID } from "node:crypto";
import type pg from "pg";
import { lockMigrations } from "./advisory-locks.js";
import type { DatabaseUrls } from "./connection.js";
import { assertMayMigrate, openForMigration } from "./migration-connection.js";
import { MigrationError } from "./migration-error.js";
import { type Migration, readMigrations } from "./migration-files.js";
import { pinRole, prepareApp } from "./roles.js";

const LOCK_TIMEOUT_MS = 5 * 60_000;

/** Exactly as Prisma creates it. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies the migrations in `migrationsDir` (Prisma's layout) without the Prisma CLI, and records
 * them as Prisma does. Creates the database if it does not exist. Each migration is applied
 * completely or not at all. With `only`, no others are applied. Then gives the roles their settings,
 * and that of `app`, with which the service connects, its rights. Throws MigrationError.
 */
export async function migrate(
  databaseUrl: string,
  migrationsDir: string,
  only?: ReadonlySet<string>,
  app?: DatabaseUrls,
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(migrationsDir);
  const client = await openForMigration(databaseUrl);
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lockMigrations(client);
    await client.query("SET lock_timeout = DEFAULT");
    const done = await readApplied(client, migrations);
    const pending = migrations.filter(({ name }) => !done.has(name) && (only?.has(name) ?? true));
    if (pending.length > 0) await assertMayMigrate(client);
    if (pending.length > 0) await client.query(CREATE_TABLE);
    for (const migration of pending) await apply(client, migration);
    await pinRole(client);
    if (app) await prepareApp(client, app);
    return { applied: pending.map(({ name }) => name) };
  } finally {
    await client.end(); // releases the lock
  }
}

interface Row {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  logs: string | null;
}

/**
 * Names of the applied migrations. Throws if a migration's file was changed or a migration did not
 * finish.
 */
async function readApplied(client: pg.Client, migrations: Migration[]): Promise<Set<string>> {
  const found = await client.query<{ is: boolean }>(
    "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS is",
  );
  if (!found.rows[0]?.is) return new Set();
  const { rows } = await client.query<Row>(
    `SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations
     WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const { migration_name: name, checksum, finished_at, logs } of rows) {
    if (finished_at === null) {
      throw new MigrationError(
        "migration-unfinished",
        `Migration ${name} was started in this database and did not finish${logs ? `: ${logs}` : "."}\n` +
          `Repair the database by hand, then mark the migration with \`prisma migrate resolve --applied ${name}\` (or --rolled-back).`,
      );
    }
    // A name without a folder was applied by a newer version of the program and is left alone.
    if (checksums.has(name) && checksums.get(name) !== checksum) {
      throw new MigrationError(
        "migration-changed",
        `Migration ${name} is applied, but its migration.sql has changed since.\n` +
          "Restore the applied text and put the change into a migration of its own.",
      );
    }
  }
  return new Set(rows.map(({ migration_name }) => migration_name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at)
       VALUES ($1, $2, $3, clock_timestamp())`,
      [id, checksum, name],
    );
    await client.query(sql);
    await client.query(
      `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1
       WHERE id = $1`,
      [id],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK").catch(() => {}); // a lost connection rolls back by itself
    throw new MigrationError(
      "migration-failed",
      `Migration ${name} failed and was rolled back: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
