import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { lockMigrations } from "./advisory-locks.js";

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

/** Why a migration was refused or failed. */
export type MigrationErrorCode =
  | "migration-changed"
  | "migration-unfinished"
  | "migration-failed"
  | "migrations-missing";

/** A migration that cannot be applied: which one, why, and how to fix it. */
export class MigrationError extends Error {
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MigrationError";
    this.code = code;
  }
}

/**
 * Applies the migrations in `migrationsDir` (Prisma's layout) without the Prisma CLI, and records
 * them as Prisma does. Creates the database if it does not exist. Each migration is applied
 * completely or not at all. With `only`, no others are applied. Throws MigrationError.
 */
export async function migrate(
  databaseUrl: string,
  migrationsDir: string,
  only?: ReadonlySet<string>,
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(migrationsDir);
  const client = await connectOrCreate(databaseUrl);
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lockMigrations(client);
    await client.query("SET lock_timeout = DEFAULT");
    await client.query(CREATE_TABLE);
    const done = await readApplied(client, migrations);
    const pending = migrations.filter(({ name }) => !done.has(name) && (only?.has(name) ?? true));
    for (const migration of pending) await apply(client, migration);
    return { applied: pending.map(({ name }) => name) };
  } finally {
    await client.end(); // releases the lock
  }
}

/** Lists the migrations of a folder in order. Throws MigrationError. */
export const listMigrations = (migrationsDir: string): { name: string; checksum: string }[] =>
  readMigrations(migrationsDir).map(({ name, checksum }) => ({ name, checksum }));

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** sha256 of the file, in hex. */
  readonly checksum: string;
}

function readMigrations(migrationsDir: string): Migration[] {
  if (!existsSync(migrationsDir)) {
    throw new MigrationError("migrations-missing", `There is no folder ${migrationsDir}.`);
  }
  return readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const file = join(migrationsDir, name, "migration.sql");
      if (!existsSync(file)) {
        throw new MigrationError(
          "migrations-missing",
          `Migration ${name} has no migration.sql: restore ${file} or remove its folder.`,
        );
      }
      const bytes = readFileSync(file);
      const checksum = createHash("sha256").update(bytes).digest("hex");
      return { name, sql: bytes.toString("utf8"), checksum };
    });
}

async function connectOrCreate(databaseUrl: string): Promise<pg.Client> {
  try {
    return await connect(databaseUrl);
  } catch (error) {
    if (!hasCode(error, "3D000")) throw error; // 3D000: no such database
    const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
    const maintenance = new URL(databaseUrl);
    maintenance.pathname = "/postgres";
    const admin = await connect(maintenance.href);
    try {
      await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`);
    } catch (creating) {
      // 42P04, 23505: another process created it meanwhile.
      if (!hasCode(creating, "42P04") && !hasCode(creating, "23505")) throw creating;
    } finally {
      await admin.end();
    }
    return await connect(databaseUrl);
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: "winnow-migrate" });
  client.on("error", () => {}); // a broken connection fails the query that meets it
  await client.connect();
  return client;
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
  await client.query("BEGIN");
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
