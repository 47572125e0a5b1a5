import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { explainedDatabaseError } from "../database/database-errors.js";
import { givenDatabase } from "../database/given-database.js";
import { jsonOption } from "../options/service.js";
import { MIGRATIONS_DIR } from "../platform/paths.js";
import { CliError } from "../terminal/failure.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";

/** `winnow migrate`: brings the database of DATABASE_URL up to date. */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .summary("bring the database's schema up to date")
    .description("bring the schema of the database in DATABASE_URL up to date")
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const given = givenDatabase(readEnvironment());
      if (given === undefined) {
        throw new CliError(
          "database-url-missing",
          "DATABASE_URL is not set; set it to postgresql://user:password@host:5432/winnow.",
        );
      }
      const { migrate } = await import("@winnow/store"); // only where it runs: it loads Prisma
      const { ownerUrl: url, app } = given;
      const { applied } = await migrate(url, MIGRATIONS_DIR, undefined, app).catch(
        (error: unknown) => {
          throw explainedDatabaseError(url, error);
        },
      );
      if (json) printJson({ applied });
      else print(applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`);
    });
}
