import type { Problem } from "../contract/types.js";

/** A problem as a service returns it. A newer service may send a code that this version does not know. */
export type ServiceProblem = Omit<Problem, "code"> & { readonly code: string };

/** The service answered with a problem. `retryable` says whether the same request may succeed later. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly problem: ServiceProblem,
    /** What the service asked a client to wait, in its Retry-After header. */
    readonly retryAfterSeconds?: number,
  ) {
    super(problem.detail);
  }

  get code(): string {
    return this.problem.code;
  }

  get retryable(): boolean {
    return this.problem.retryable;
  }
}

/** Nothing answers at the address, or only a proxy that does not reach the service. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Something answers, but not as the contract says: another service, or another version of this one. */
export class UnexpectedAnswerError extends Error {
  override readonly name = "UnexpectedAnswerError";
}

/** Whether the same request may succeed a moment later: the service is away, starting or too busy. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ApiError && error.retryable);

/** What a failed `fetch` means. Its own message says nothing ("fetch failed"); its cause does. */
export function unreachable(base: string, error: unknown): UnreachableError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new UnreachableError(`${base} cannot be reached: ${why}`, { cause: error });
}
