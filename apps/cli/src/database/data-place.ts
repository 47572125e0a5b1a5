import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { storageDirOf } from "@winnow/storage";
import type { DatabaseUrls, Store } from "@winnow/store";
import { Option } from "commander";
import { readEnvironment } from "../config.js";
import { MIGRATIONS_DIR } from "../platform/paths.js";
import { CliError } from "../terminal/failure.js";
import { explainedDatabaseError } from "./database-errors.js";
import { givenDatabase } from "./given-database.js";

const DEFAULT_DATA_DIR = "./.winnow/data";

/** `--data`, of commands that work on the database itself. */
export const dataOption = () =>
  new Option(
    "--data <dir>",
    `the data folder of \`winnow up\` (default: DATABASE_URL, else ${DEFAULT_DATA_DIR})`,
  );

/** A database that answers, and the storage folder that belongs to it. */
export interface DataPlace {
  /** As the owner of its tables. */
  readonly databaseUrl: string;
  /** As the service connects. */
  readonly app: DatabaseUrls;
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
  const settings = readEnvironment();
  const given = givenDatabase(settings);
  if (dataDir === undefined && given !== undefined) {
    const { ownerUrl: databaseUrl, app } = given;
    const place = { databaseUrl, app, storageDir: resolve(settings.STORAGE_DIR) };
    return explained(databaseUrl, () => use(place));
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
    const app = { databaseUrl: postgres.appUrl };
    const place = { databaseUrl: postgres.url, app, storageDir: storageDirOf(folder) };
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
  return withDataPlace(dataDir, async ({ databaseUrl, app }) => {
    if (dataDir !== undefined || givenDatabase(readEnvironment()) === undefined) {
      const { migrate } = await import("@winnow/store");
      await migrate(databaseUrl, MIGRATIONS_DIR, undefined, app);
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
