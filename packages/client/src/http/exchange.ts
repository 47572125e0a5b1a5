import type { Route } from "../contract/route.js";
import { errorOf, isSuccess } from "./answer.js";
import { ApiError, UnreachableError, unreachable } from "./errors.js";
import { pause } from "./pause.js";
import { bodyOf, headersOf, isRepeatable, pathOf, type RequestInput } from "./request.js";

/** Where requests go, as whom, and how often one is repeated. */
export interface Connection {
  /** Without a slash at its end. */
  readonly base: string;
  readonly apiKey: string | undefined;
  readonly retries: number;
  readonly fetch: typeof fetch;
}

const FIRST_PAUSE_MS = 200;
/** A service that asks for a longer pause is not waited for; the caller learns it from the error. */
const LONGEST_PAUSE_MS = 5_000;

/** Refusals that mean "later": the same request may succeed in a moment. */
const LATER = new Set(["overloaded", "not-ready", "rate-limited", "idempotency-in-flight"]);

/** Whether a refusal passes by itself: the service is away or busy, and nobody has to change anything. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ApiError && LATER.has(error.code));

/**
 * Sends a request until it succeeds, is refused permanently, or has no retries left. A
 * repetition does nothing twice: what must not run twice carries an idempotency key.
 * Throws ApiError, UnreachableError, UnexpectedAnswerError, or the reason of the signal.
 */
export async function exchange(
  { base, apiKey, retries, fetch }: Connection,
  route: Route,
  input: RequestInput,
): Promise<Response> {
  const address = base + pathOf(route, input);
  const headers = headersOf(route, input, apiKey);
  const { signal, timeoutMs } = input;
  const mostRetries = isRepeatable(input) ? retries : 0;
  for (let failures = 0; ; failures += 1) {
    signal?.throwIfAborted();
    let error: Error;
    try {
      const response = await fetch(address, {
        method: route.method,
        headers,
        ...bodyOf(input),
        ...signalOf(signal, timeoutMs),
      });
      if (isSuccess(route, response, headers)) return response;
      error = await errorOf(base, route, response);
    } catch (cause) {
      signal?.throwIfAborted();
      error = cause instanceof UnreachableError ? cause : unreachable(base, cause);
    }
    const pauseMs = pauseAfter(error, failures);
    if (pauseMs === undefined || failures >= mostRetries) throw error;
    await pause(pauseMs, signal);
  }
}

/** How long to wait before the request is repeated; undefined where that is of no use. */
function pauseAfter(error: Error, failures: number): number | undefined {
  const growing = FIRST_PAUSE_MS * 4 ** failures;
  if (error instanceof UnreachableError) return Math.min(growing, LONGEST_PAUSE_MS);
  if (!(error instanceof ApiError) || !isPassing(error)) return undefined;
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return asked > LONGEST_PAUSE_MS
    ? undefined
    : Math.min(Math.max(growing, asked), LONGEST_PAUSE_MS);
}

function signalOf(signal: AbortSignal | undefined, timeoutMs: number | undefined): RequestInit {
  if (timeoutMs === undefined) return signal ? { signal } : {};
  const timeout = AbortSignal.timeout(timeoutMs);
  return { signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
}
