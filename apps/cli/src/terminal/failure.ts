import { constants } from "node:os";
import { ApiError, UnexpectedAnswerError, UnreachableError } from "@winnow/client";
import stringWidth from "string-width";
import { hang } from "./hang.js";
import { note } from "./output.js";
import { COLORS } from "./paint.js";
import { columnsOf } from "./text.js";

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
  /** `advice` says what goes on regardless, and how to stop it. */
  constructor(
    readonly signal: NodeJS.Signals,
    advice: readonly string[] = [],
  ) {
    super([`Stopped by ${signal}.`, ...advice].join("\n"));
  }
}

/** Prints the error (its code, what happened, how to fix it) to stderr; returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    printLines(`${COLORS.yellow("stopped")}  `, error.message);
    return exitCodeOf(error.signal);
  }
  printLines(`${COLORS.red("error")}  `, describe(error));
  return 1;
}

/** 128 and the signal's number. */
export const exitCodeOf = (signal: NodeJS.Signals): number =>
  128 + (constants.signals[signal] ?? 0);

/** On a terminal, lines break between words; elsewhere they stay as they are. */
function printLines(prefix: string, text: string): void {
  const stream = process.stderr;
  const [first = "", ...rest] = text.split("\n");
  const blanks = " ".repeat(stringWidth(prefix));
  const lines = [[prefix, first] as const, ...rest.map((line) => [blanks, line] as const)];
  const width = stream.isTTY ? columnsOf(stream) : Number.POSITIVE_INFINITY;
  note(lines.flatMap(([start, line]) => hang(start, line, width)).join("\n"));
}

/** `code: message`, and for a problem the places in the request that it names. */
export function describe(error: unknown): string {
  if (error instanceof ApiError) {
    const { code, detail, errors } = error.problem;
    const places = errors.map((place) => `${place.pointer || "/"}: ${place.detail}`);
    const advice =
      code === "unauthenticated" ? ["Set WINNOW_API_KEY, or pass a key with --api-key."] : [];
    return `${code}: ${[detail, ...places, ...advice].join("\n")}`;
  }
  if (error instanceof UnreachableError) {
    return `unreachable: ${error.message}\nStart a service with \`winnow up\`, or set --url or WINNOW_URL.`;
  }
  if (error instanceof UnexpectedAnswerError) return `unexpected-answer: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string") return error.stack ?? error.message; // our own fault
  const message = error.message.startsWith(`${code}: `)
    ? error.message.slice(code.length + 2)
    : error.message;
  return `${code}: ${message}`;
}
