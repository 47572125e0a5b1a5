import { ApiError, UnexpectedAnswerError, UnreachableError } from "@winnow/client";
import pc from "picocolors";

/** An error that the user can fix: a stable code, and a message that says how. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A signal ended the command; the exit code follows the convention of shells. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(readonly signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
  }
}

/** Prints the error (its code, what happened, how to fix it) to stderr; returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    process.stderr.write(`${pc.yellow("stopped")}  ${error.message}\n`);
    return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[error.signal as "SIGINT"] ?? 1;
  }
  process.stderr.write(`${pc.red("error")}  ${describe(error)}\n`);
  return 1;
}

/** `code: message`, and for a problem the places in the request that it names. */
export function describe(error: unknown): string {
  if (error instanceof ApiError) {
    const { code, detail, errors } = error.problem;
    const places = errors.map((place) => `${place.pointer || "/"}: ${place.detail}`);
    const advice =
      code === "unauthenticated" ? ["Set WINNOW_API_KEY, or pass a key with --api-key."] : [];
    return `${code}: ${[detail, ...places, ...advice].join("\n       ")}`;
  }
  if (error instanceof UnreachableError) {
    return `unreachable: ${error.message}\n       Start a service with \`winnow up\`, or set --url or WINNOW_URL.`;
  }
  if (error instanceof UnexpectedAnswerError) return `unexpected-answer: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string") return error.stack ?? error.message; // our own fault
  const message = error.message.startsWith(`${code}: `)
    ? error.message.slice(code.length + 2)
    : error.message;
  return `${code}: ${message.replaceAll("\n", "\n       ")}`;
}
