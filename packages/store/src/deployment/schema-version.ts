import { fileURLToPath } from "node:url";
import { AppError, causesOf } from "@winnow/contracts";
import { poolOf, type Queryable, type Store } from "../database/client.js";
import { listMigrations } from "../database/migration-files.js";

/** The repository's, seen from `src` as from `dist`; images have it at the same place. */
const MIGRATIONS_DIR = fileURLToPath(new URL("../../../../prisma/migrations", import.meta.url));

let known: readonly string[] | undefined;

/** The migrations that this program needs; they do not change while it runs. */
function knownMigrations(): readonly string[] {
  known ??= listMigrations(MIGRATIONS_DIR).map(({ name }) => name);
  return known;
}

/** How the database's schema differs from the one that this program needs. */
export interface SchemaDifference {
  /** Migrations that the database lacks. */
  readonly missing: readonly string[];
  /** Migrations that this program does not know. */
  readonly unknown: readonly string[];
}

export async function compareSchema(db: Queryable): Promise<SchemaDifference> {
  const applied = new Set(await readApplied(db));
  const needed = knownMigrations();
  return {
    missing: needed.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !needed.includes(name)),
  };
}

/** Throws an `AppError` of one sentence unless the schema is the one that this program needs. */
export async function checkSchema(store: Store): Promise<void> {
  const fault = schemaFault(await compareSchema(poolOf(store)));
  if (fault !== null) throw new AppError("not-ready", fault);
}

/** What is wrong with the schema, and what to do about it; null: nothing. */
export function schemaFault({ missing, unknown }: SchemaDifference): string | null {
  if (missing.length > 0) {
    return `the database lacks ${counted(missing)}: run winnow migrate`;
  }
  if (unknown.length > 0) {
    return `the database has ${counted(unknown)} of a newer version (the last is ${unknown.at(-1)}): run that version`;
  }
  return null;
}

async function readApplied(db: Queryable): Promise<string[]> {
  try {
    const { rows } = await db.query<{ name: string }>(
      `SELECT migration_name AS name FROM _prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at`,
    );
    return rows.map(({ name }) => name);
  } catch (error) {
    if (isTableMissing(error)) return [];
    throw error;
  }
}

/** Whether an error says that a table is not there: the database is not migrated. */
export function isTableMissing(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if (code === "42P01" || originalCode === "42P01" || code === "P2021") return true;
  }
  return false;
}

const counted = ({ length }: readonly unknown[]): string =>
  `${length} migration${length === 1 ? "" : "s"}`;
