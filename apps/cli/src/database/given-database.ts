import type { DatabaseUrls } from "@winnow/store";
import type { CliSettings } from "../config.js";

/** The database that the environment names, by its roles. */
export interface GivenDatabase {
  /** For commands that work on the database itself: as its owner where one is named, never pooled. */
  readonly ownerUrl: string;
  /** How the service connects. */
  readonly app: DatabaseUrls;
}

type Named = Pick<CliSettings, "DATABASE_URL" | "DIRECT_DATABASE_URL" | "MIGRATION_DATABASE_URL">;

/** Undefined where the environment names no database. */
export function givenDatabase(settings: Named): GivenDatabase | undefined {
  const { DATABASE_URL, DIRECT_DATABASE_URL, MIGRATION_DATABASE_URL } = settings;
  const ownerUrl = MIGRATION_DATABASE_URL ?? DIRECT_DATABASE_URL ?? DATABASE_URL;
  if (ownerUrl === undefined) return undefined;
  const app = { databaseUrl: DATABASE_URL ?? ownerUrl, directDatabaseUrl: DIRECT_DATABASE_URL };
  return { ownerUrl, app };
}
