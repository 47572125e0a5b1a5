import { ConfigError, tlsFault } from "@winnow/contracts";
import { CliError } from "../terminal/failure.js";

/** Answers of Postgres, by code, to which the cure is another connection or its credentials. */
const REFUSED = /^(ECONN|ENOTFOUND|ETIMEDOUT|EAI_|28|3D000|53300|57P0|08)/;
/** The driver's own errors of a broken connection have no code. */
const BROKEN = /onnection terminated|timeout expired|connection ended/;

/**
 * A connection that was refused or broke as one line that names the host, never the password; tables
 * that are not there as what to do about them.
 */
export function explainedDatabaseError(url: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof ConfigError) {
    return new CliError("settings-invalid", error.faults.join("\n"), { cause: error });
  }
  const code = String(Reflect.get(error, "code") ?? "");
  const { host } = new URL(url);
  if (code === "42P01") {
    return new CliError(
      "database-not-migrated",
      `The database at ${host} lacks a table; run \`winnow migrate\` first.`,
      { cause: error },
    );
  }
  if (error.message.includes("unsupported startup parameter")) {
    return new CliError(
      "database-pooled",
      `${host} is a pooler, and this needs a session of its own: set DIRECT_DATABASE_URL to the address of Postgres itself.`,
      { cause: error },
    );
  }
  if (code === "migration-failed" && isBroken(error.cause)) {
    const [what] = error.message.split(" failed and was rolled back");
    return new CliError(
      "database-connection-lost",
      `The connection to ${host} broke during the work: ${what} was rolled back, and those before it are done. Run the command again.`,
      { cause: error },
    );
  }
  const insecure = tlsFault(error, { name: "Postgres", setting: "DATABASE_URL" });
  if (insecure !== null) {
    return new CliError("database-certificate", `${host}: ${insecure}.`, { cause: error });
  }
  if (!isBroken(error)) return error;
  const why = error.message === "" ? code : error.message;
  return new CliError(
    "database-unreachable",
    `${host} of DATABASE_URL: ${why}. Is Postgres up, and are user and password right?`,
    { cause: error },
  );
}

function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? REFUSED.test(code) : BROKEN.test(error.message);
}
