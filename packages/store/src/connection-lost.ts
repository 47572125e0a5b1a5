// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too many
// connections, shutdowns; what the network says; Prisma's for an unreachable server and a closed
// connection.
const CODES =
  /^(08...|53300|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|P100[12]|P1017)$/;

/** The driver's own errors of a connection that broke, or could not be had, bear no code. */
const MESSAGES =
  /onnection terminated|timeout exceeded when trying to connect|encountered a connection error/;

/**
 * Whether an error of the store says that the database is away, starts or stops, or has no
 * connection left: told by the error, by its causes, and by what Prisma keeps of the driver's.
 */
export function isConnectionLost(error: unknown): boolean {
  let at: unknown = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < 6; depth++) {
    const { code, originalCode, message, cause, meta } = at as {
      code?: unknown;
      originalCode?: unknown;
      message?: unknown;
      cause?: unknown;
      meta?: { driverAdapterError?: unknown };
    };
    if (CODES.test(String(code)) || CODES.test(String(originalCode))) return true;
    if (code === undefined && MESSAGES.test(String(message))) return true;
    at = cause ?? meta?.driverAdapterError;
  }
  return false;
}
