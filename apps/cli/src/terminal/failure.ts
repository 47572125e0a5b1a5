import { ApiError, UnexpectedAnswerError, UnreachableError } from "@winnow/client";
import pc from "picocolors";

/** What the person at the command can mend: a stable code, and a message that says how. */
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

/** The command was ended by a signal; its exit code follows the shells' custom. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(readonly signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
  }
}

/** Prints one clear line (code, what, how to mend) to stderr and gives the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    process.stderr.write(`${pc.yellow("stopped")}  ${error.message}\n`);
    return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[error.signal as "SIGINT"] ?? 1;
  }
  process.stderr.write(`${pc.red("error")}  ${describe(error)}\n`);
  return 1;
}

/** `code: message`, with the places in the request that a problem names. */
export function describe(error: unknown): string {
  if (error instanceof ApiError) {
    const { code, detail, errors } = error.problem;
    const places = errors.map((place) => `${place.pointer || "/"}: ${place.detail}`);
    const mend =
      code === "unauthenticated" ? ["Set WINNOW_API_KEY, or name a key with --api-key."] : [];
    return `${code}: ${[detail, ...places, ...mend].join("\n       ")}`;
  }
  if (error instanceof UnreachableError) {
    return `unreachable: ${error.message}\n       Start a service with \`winnow up\`, or name one with --url or WINNOW_URL.`;
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
