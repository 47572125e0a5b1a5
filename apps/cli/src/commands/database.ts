import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Store } from "@winnow/store";
import { Option } from "commander";
import { readEnvironment } from "../config.js";
import { MIGRATIONS_DIR } from "../paths.js";
import { CliError } from "../terminal/failure.js";

const defaultDataDir = "./.winnow/data";

/** `--data`, of commands that work on the database itself. */
export const dataOption = () =>
  new Option(
    "--data <dir>",
    `the data folder of \`winnow up\` (default: the database of DATABASE_URL, or ${defaultDataDir})`,
  );

/**
 * Opens the database of `dataDir`, of DATABASE_URL, or of the usual data folder, whichever is named
 * first, and closes it after `use`. A data folder's Postgres is joined if it runs, and else started
 * for as long as it is needed.
 */
export async function withDatabase<T>(
  dataDir: string | undefined,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const { DATABASE_URL: url } = readEnvironment();
  if (dataDir === undefined && url !== undefined) return withStore(url, use);
  const folder = resolve(dataDir ?? defaultDataDir);
  if (!existsSync(join(folder, "postgres"))) {
    throw new CliError(
      "database-missing",
      `${folder} is no data folder of \`winnow up\`; name one with --data, or a database with DATABASE_URL.`,
    );
  }
  const { startPostgres } = await import("@winnow/local-services"); // only where it runs
  const postgres = await startPostgres({ dataDir: folder });
  try {
    const { migrate } = await import("@winnow/store");
    await migrate(postgres.url, MIGRATIONS_DIR);
    return await withStore(postgres.url, use);
  } finally {
    await postgres.stop();
  }
}

async function withStore<T>(url: string, use: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import("@winnow/store"); // only where it runs: it loads Prisma
  const store = openStore({ databaseUrl: url, applicationName: "winnow", maxConnections: 1 });
  try {
    return await use(store);
  } catch (error) {
    throw explainedDatabaseError(url, error);
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
