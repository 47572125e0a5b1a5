import { causesOf } from "@winnow/contracts";

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too many
// connections, shutdowns; network errors; Prisma's codes for an unreachable server and a closed
// connection.
const CODES =
  /^(08...|53300|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|P100[12]|P1017)$/;

/** The driver's own errors of a broken or unavailable connection have no code. */
const MESSAGES =
  /onnection terminated|timeout exceeded when trying to connect|encountered a connection error/;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: read_only_sql_transaction. */
const READ_ONLY = "25006";

/**
 * Whether an error of the store means that the database is unreachable, starting, stopping, or out
 * of connections.
 */
export function isConnectionLost(error: unknown): boolean {
  for (const { code, originalCode, message } of causesOf(error)) {
    if (CODES.test(String(code)) || CODES.test(String(originalCode))) return true;
    if (code === undefined && MESSAGES.test(String(message))) return true;
  }
  return false;
}

/** Whether Postgres refused a write because it only reads: a standby, or set to read-only. */
export function isReadOnly(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if (code === READ_ONLY || originalCode === READ_ONLY) return true;
  }
  return false;
}
