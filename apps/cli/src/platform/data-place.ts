import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { startLocalServices } from "@winnow/local-services";
import { type CliEnvironment, readEnvironment } from "../config.js";
import { CliError } from "../terminal/failure.js";

/** A database that answers, and the storage folder that belongs to it. */
export interface DataPlace {
  readonly databaseUrl: string;
  readonly storageDir: string;
}

export interface PlaceOptions {
  /** The data folder of `winnow up`. Without it DATABASE_URL and STORAGE_DIR tell the place. */
  readonly data?: string;
}

const DEFAULT_DATA = "./.winnow/data";

/**
 * Gives `use` the place that `--data`, else DATABASE_URL, else the default data folder names. A
 * Postgres that does not run in the data folder is started for the time. `mustExist` refuses a data
 * folder without a database.
 */
export async function withDataPlace<T>(
  { data }: PlaceOptions,
  mustExist: boolean,
  use: (place: DataPlace) => Promise<T>,
): Promise<T> {
  const environment: CliEnvironment = readEnvironment();
  if (data === undefined && environment.DATABASE_URL !== undefined) {
    const { DATABASE_URL: databaseUrl, STORAGE_DIR } = environment;
    return use({ databaseUrl, storageDir: resolve(STORAGE_DIR) });
  }
  const dataDir = resolve(data ?? DEFAULT_DATA);
  if (mustExist && !existsSync(join(dataDir, "postgres"))) {
    throw new CliError(
      "data-missing",
      `${dataDir} holds no database; name the folder of \`winnow up\` with --data, or set DATABASE_URL and STORAGE_DIR.`,
    );
  }
  const services = await startLocalServices({ dataDir, redis: false, env: {} });
  try {
    return await use({ databaseUrl: services.databaseUrl, storageDir: join(dataDir, "storage") });
  } finally {
    await services.stop();
  }
}
