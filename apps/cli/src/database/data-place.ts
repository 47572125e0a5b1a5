import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { storageDirOf } from "@winnow/storage";
import type { Store } from "@winnow/store";
import { Option } from "commander";
import { readEnvironment } from "../config.js";
import { MIGRATIONS_DIR } from "../platform/paths.js";
import { CliError } from "../terminal/failure.js";

const DEFAULT_DATA_DIR = "./.winnow/data";

/** `--data`, of commands that work on the database itself. */
export const dataOption = () =>
  new Option(
    "--data <dir>",
    `the data folder of \`winnow up\` (default: DATABASE_URL, else ${DEFAULT_DATA_DIR})`,
  );

/** A database that answers, and the storage folder that belongs to it. */
export interface DataPlace {
  readonly databaseUrl: string;
  readonly storageDir: string;
}

/**
 * Gives `use` the place that `--data`, else DATABASE_URL and STORAGE_DIR, else the usual data folder
 * names. A data folder's Postgres is joined if it runs, and else started for as long as it is
 * needed. A folder without one is refused, unless it `mayBeNew`.
 */
export async function withDataPlace<T>(
  dataDir: string | undefined,
  use: (place: DataPlace) => Promise<T>,
  { mayBeNew = false } = {},
): Promise<T> {
  const { DATABASE_URL: url, STORAGE_DIR } = readEnvironment();
  if (dataDir === undefined && url !== undefined) {
    return explained(url, () => use({ databaseUrl: url, storageDir: resolve(STORAGE_DIR) }));
  }
  const folder = resolve(dataDir ?? DEFAULT_DATA_DIR);
  if (!mayBeNew && !existsSync(join(folder, "postgres"))) {
    throw new CliError(
      "database-missing",
      `${folder} is not a data folder of \`winnow up\`; name one with --data, or a database with DATABASE_URL.`,
    );
  }
  const { startPostgres } = await import("@winnow/local-services"); // only where it runs
  const postgres = await startPostgres({ dataDir: folder });
  try {
    const place = { databaseUrl: postgres.url, storageDir: storageDirOf(folder) };
    return await explained(postgres.url, () => use(place));
  } finally {
    await postgres.stop();
  }
}

/** Opens the database of such a place and closes it after `use`; a data folder's is migrated first. */
export async function withDatabase<T>(
  dataDir: string | undefined,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  return withDataPlace(dataDir, async ({ databaseUrl }) => {
    if (dataDir !== undefined || readEnvironment().DATABASE_URL === undefined) {
      const { migrate } = await import("@winnow/store");
      await migrate(databaseUrl, MIGRATIONS_DIR);
    }
    return withStore(databaseUrl, use);
  });
}

async function explained<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainedDatabaseError(url, error);
  }
}

/** Opens a store for as long as `use` takes. */
export async function withStore<T>(url: string, use: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import("@winnow/store"); // only where it runs: it loads Prisma
  const store = openStore({ databaseUrl: url, applicationName: "winnow", maxConnections: 1 });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/**
 * A refused connection as one line that names the host, never the password; tables that are not
 * there as what to do about them.
 */
export function explainedDatabaseError(url: string, error: unknown): unknown {
  const code: unknown = error instanceof Error && Reflect.get(error, "code");
  if (typeof code !== "string") return error;
  if (code === "42P01") {
    return new CliError(
      "database-not-migrated",
      `The database at ${new URL(url).host} lacks a table; run \`winnow migrate\` first.`,
      { cause: error },
    );
  }
  if (!/^(ECONN|ENOTFOUND|ETIMEDOUT|EAI_|28)/.test(code)) return error;
  const why = error instanceof Error && error.message !== "" ? error.message : code;
  return new CliError(
    "database-unreachable",
    `${new URL(url).host} of DATABASE_URL: ${why}. Is Postgres up, and are user and password right?`,
    { cause: error },
  );
}
