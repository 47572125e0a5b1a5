import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MigrationError } from "./migration-error.js";

/** Lists the migrations of a folder in order. Throws MigrationError. */
export const listMigrations = (migrationsDir: string): { name: string; checksum: string }[] =>
  readMigrations(migrationsDir).map(({ name, checksum }) => ({ name, checksum }));

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** sha256 of the file, in hex. */
  readonly checksum: string;
}

export function readMigrations(migrationsDir: string): Migration[] {
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
