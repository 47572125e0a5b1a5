import { z } from "zod";

/**
 * Every error a caller can meet: code -> HTTP status, whether the same request may succeed later,
 * and the title. A code is stable for ever; its text may change. A test counts them.
 */
export const ERRORS = {
  // The request itself
  "validation-failed": [400, false, "The request does not fit its schema"],
  "malformed-json": [400, false, "The body is not valid JSON"],
  "invalid-cursor": [400, false, "The cursor was not made by this list"],
  "route-not-found": [404, false, "There is no such route"],
  "upload-incomplete": [409, false, "The upload is not whole"],
  "upload-conflict": [409, false, "The range does not go on where the upload stands"],
  "method-not-allowed": [405, false, "The route does not answer this method"],
  "unsupported-media-type": [415, false, "The content type is not accepted here"],
  "payload-too-large": [413, false, "The body is larger than the limit"],
  "range-not-satisfiable": [416, false, "The requested range lies outside the resource"],
  unauthenticated: [401, false, "An API key is needed"],
  forbidden: [403, false, "The API key lacks the scope"],
  "rate-limited": [429, true, "Too many requests"],
  "quota-exceeded": [429, true, "A quota is used up"],
  overloaded: [503, true, "The service is too busy"],
  "not-ready": [503, true, "The service is not ready"],
  internal: [500, true, "An error on our side"],
  // Idempotency keys
  "idempotency-key-reuse": [422, false, "The idempotency key was used with another body"],
  "idempotency-in-flight": [409, true, "The first request with this idempotency key is under way"],
  // What is not there
  "job-not-found": [404, false, "There is no such job"],
  "dataset-not-found": [404, false, "There is no such dataset"],
  "cross-validation-not-found": [404, false, "There is no such cross-validation"],
  "pruning-not-found": [404, false, "There is no such pruning"],
  "model-not-found": [404, false, "There is no such model file"],
  "upload-not-found": [404, false, "There is no such upload"],
  "webhook-not-found": [404, false, "There is no such webhook"],
  "webhook-delivery-not-found": [404, false, "There is no such webhook delivery"],
  // States
  "dataset-not-ready": [409, true, "The dataset is not ready"],
  "dataset-in-use": [409, true, "The dataset has unfinished jobs"],
  "cross-validation-not-finished": [409, true, "The cross-validation is not finished"],
  "pruning-not-finished": [409, true, "The pruning is not finished"],
  "webhook-disabled": [409, false, "The webhook is disabled"],
  "too-many-webhooks": [409, false, "There are as many webhooks as there may be"],
  "job-not-retryable": [409, false, "Only failed or cancelled jobs can be retried"],
  // Access keys
  "api-key-not-found": [404, false, "There is no such API key"],
  // Meaning of a request
  "folds-exceed-rows": [422, false, "More folds than rows"],
  "single-class": [422, false, "The data has one class only"],
  "invalid-parameters": [422, false, "The parameters do not fit the data"],
  "source-not-allowed": [422, false, "This source is not allowed"],
  "not-implemented": [422, false, "This option is not available"],
  // Reading files
  "upload-empty": [422, false, "The upload is empty"],
  "empty-file": [422, false, "The file is empty"],
  "binary-file": [422, false, "The file is not text"],
  "column-not-found": [422, false, "A column is not in the file"],
  "bad-gzip": [422, false, "The compressed file is broken"],
  "decompressed-too-large": [422, false, "The file grows too large when decompressed"],
  "no-rows-kept": [422, false, "No row of the file could be kept"],
  "bad-npy": [422, false, "The npy file cannot be used"],
  "corpus-invalid": [422, false, "The file cannot be read"],
  "invalid-probabilities": [422, false, "The probabilities cannot be used"],
  "checkpoint-refused": [422, false, "The checkpoint cannot be used"],
  // Running jobs
  "backend-unavailable": [422, false, "The compute backend is not on this worker"],
  "training-failed": [500, true, "Training failed"],
  "task-crashed": [500, true, "The task's process ended"],
  "storage-full": [507, true, "The storage is full"],
  cancelled: [409, false, "The job was cancelled"],
} as const satisfies Record<string, readonly [status: number, retryable: boolean, title: string]>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

export interface FieldError {
  /** JSON pointer into the request, e.g. `/training/epochs`. */
  readonly pointer: string;
  readonly detail: string;
}

/** What a caller can cause or mend. Anything else is a plain `Error`: our own fault. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    options: ErrorOptions & { errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail, options);
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code][0];
  }

  get retryable(): boolean {
    return ERRORS[this.code][1];
  }
}

/** An RFC 9457 problem, as responses and failed jobs carry it. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(ERROR_CODES),
    requestId: z.string().nullable(),
    retryable: z.boolean(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

/** The problem for any thrown value; what is not an `AppError` shows nothing of its inside. */
export function problemOf(error: unknown, requestId: string | null = null): Problem {
  const known = error instanceof AppError ? error : null;
  const code: ErrorCode = known?.code ?? "internal";
  const [status, retryable, title] = ERRORS[code];
  return {
    type: `/errors/${code}`,
    title,
    status,
    detail:
      known?.message ?? "Something went wrong on our side; the log has it under the request id.",
    code,
    requestId,
    retryable,
    errors: known ? known.errors.map((e) => ({ ...e })) : [],
  };
}
