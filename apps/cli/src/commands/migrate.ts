import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { MIGRATIONS_DIR } from "../paths.js";
import { CliError } from "../terminal/failure.js";
import { jsonOption, printJson } from "./options.js";

/** `winnow migrate`: brings the database of DATABASE_URL up to date. */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("bring the database of DATABASE_URL up to date")
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const { DATABASE_URL: url } = readEnvironment();
      if (url === undefined) {
        throw new CliError(
          "database-url-missing",
          "DATABASE_URL is not set; set it to postgresql://user:password@host:5432/winnow.",
        );
      }
      const { migrate } = await import("@winnow/store"); // only where it runs: it loads Prisma
      const { applied } = await migrate(url, MIGRATIONS_DIR).catch((error: unknown) => {
        throw unreachableDatabase(url, error);
      });
      if (json) printJson({ applied });
      else console.log(applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`);
    });
}

/** A refused connection as one line that names the host, never the password. */
function unreachableDatabase(url: string, error: unknown): unknown {
  const code: unknown = error instanceof Error && Reflect.get(error, "code");
  if (typeof code !== "string" || !/^(ECONN|ENOTFOUND|ETIMEDOUT|EAI_|28)/.test(code)) return error;
  const why = error instanceof Error && error.message !== "" ? error.message : code;
  return new CliError(
    "database-unreachable",
    `${new URL(url).host} of DATABASE_URL: ${why}. Is Postgres up, and are user and password right?`,
    { cause: error },
  );
}
