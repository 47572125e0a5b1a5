import { z } from "zod";
import { MOST_FAULTS } from "../values/constraints.js";
import { ERROR_CODES, ERRORS, type ErrorCode } from "./error-catalogue.js";

export interface FieldError {
  /** JSON pointer into the request, e.g. `/training/epochs`. */
  readonly pointer: string;
  readonly detail: string;
  /** Of the file, from 1. */
  readonly line?: number | undefined;
  /** Why the line was rejected. */
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
}

/** An open job that keeps a resource from being deleted. */
export const ResourceUser = z
  .object({
    id: z.string().meta({ description: "The id of the job" }),
    kind: z.string().meta({ description: "The kind of the job" }),
    state: z.string(),
  })
  .meta({ id: "ResourceUser" });
export type ResourceUser = z.infer<typeof ResourceUser>;

/** What a caller can cause or fix. Anything else is a plain `Error`: our own fault. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly errors: readonly FieldError[];
  readonly usedBy: readonly ResourceUser[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    options: ErrorOptions & {
      errors?: readonly FieldError[];
      usedBy?: readonly ResourceUser[];
      retryAfterSeconds?: number;
    } = {},
  ) {
    super(detail, options);
    this.errors = options.errors ?? [];
    this.usedBy = options.usedBy ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** An RFC 9457 problem, the form of every error response and of a failed job's `error`. */
export const Problem = z
  .object({
    type: z.string().meta({ description: "URL of a page about the code, relative to the service" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What happened in this case, and often what to do" }),
    code: z
      .enum(ERROR_CODES)
      .meta({ id: "ErrorCode" })
      .meta({ description: "Stable; the texts may change" }),
    requestId: z.string().nullable(),
    retryable: z.boolean().meta({ description: "Whether the same request can succeed later" }),
    errors: z
      .array(
        z
          .object({
            pointer: z.string().meta({ description: "JSON pointer into the request" }),
            detail: z.string(),
            line: z.int().optional().meta({ description: "Of the file, from 1" }),
            reason: z.string().optional().meta({ description: "Why the line was rejected" }),
            fix: z.string().optional(),
          })
          .meta({ id: "FieldError" }),
      )
      .meta({ description: "What is wrong, and where; of a file its first rejected lines" }),
    usedBy: z
      .array(ResourceUser)
      .optional()
      .meta({ description: "Of a resource in use: the open jobs that make or read it" }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

/** Where the page about a code is: the `type` of its problems. */
export const problemType = (code: ErrorCode): string => `/errors/${code}`;

/** A problem names so many faults and characters of each: what a request repeats does not make it long. */
const MOST_CHARACTERS = 1_000;

/** The problem for any thrown value; of anything but an `AppError` it reveals nothing. */
export function problemOf(error: unknown, requestId: string | null = null): Problem {
  const known = error instanceof AppError ? error : null;
  const code: ErrorCode = known?.code ?? "internal";
  const { status, retryable, title } = ERRORS[code];
  return {
    type: problemType(code),
    title,
    status,
    detail:
      clipped(known?.message, 10 * MOST_CHARACTERS) ??
      "An internal error; search the log for the request id.",
    code,
    requestId,
    retryable,
    errors: (known?.errors ?? []).slice(0, MOST_FAULTS).map((error) => ({
      ...error,
      pointer: clipped(error.pointer, MOST_CHARACTERS),
      detail: clipped(error.detail, MOST_CHARACTERS),
    })),
    ...(known?.usedBy.length ? { usedBy: known.usedBy.map((user) => ({ ...user })) } : {}),
  };
}

function clipped<T extends string | undefined>(text: T, most: number): T {
  return text !== undefined && text.length > most ? (`${text.slice(0, most - 1)}…` as T) : text;
}
