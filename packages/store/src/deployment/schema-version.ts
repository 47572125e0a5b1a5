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
  /** Of these, the ones that it does not work with. */
  readonly unfit: readonly string[];
}

export async function compareSchema(db: Queryable): Promise<SchemaDifference> {
  const applied = new Set(await readApplied(db));
  const needed = knownMigrations();
  const missing = needed.filter((name) => !applied.has(name));
  const unknown = [...applied].filter((name) => !needed.includes(name));
  if (unknown.length === 0 || missing.length > 0) return { missing, unknown, unfit: unknown };
  const goodFor = await readOlderPrograms(db);
  const isFit = (name: string) => {
    const from = goodFor[name];
    return from === "" || (from !== undefined && needed.includes(from));
  };
  return { missing, unknown, unfit: unknown.filter((name) => !isFit(name)) };
}

/** By migration, what a program must know to work with it, though not it itself; "": nothing. */
async function readOlderPrograms(db: Queryable): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.query<{ names: Record<string, string> }>(
    "SELECT older_programs AS names FROM deployment",
  );
  return rows[0]?.names ?? {};
}

/**
 * Throws an `AppError` of one sentence unless the schema is the one that this program needs, or a newer one
 * that it works with: in a rolling upgrade old programs and new ones share the database.
 */
export async function checkSchema(store: Store): Promise<void> {
  const fault = schemaFault(await compareSchema(poolOf(store)));
  if (fault !== null) throw new AppError("not-ready", fault);
}

/** What is wrong with the schema, and what to do about it; null: nothing. */
export function schemaFault({ missing, unfit }: SchemaDifference): string | null {
  if (missing.length > 0) {
    return `the database lacks ${counted(missing)}: run winnow migrate`;
  }
  if (unfit.length > 0) {
    return `the database has ${counted(unfit)} of a newer version (the last is ${unfit.at(-1)}): run that version`;
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
