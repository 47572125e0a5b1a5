/** The waits between attempts: seven attempts in half a minute, in which a server can start again. */
export const RETRY_WAITS_MS: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000];

/** Whoever asks for longer is given up. */
export const LONGEST_WAIT_MS = 120_000;

/** What `Retry-After` asks for: seconds, or a date; null: nothing. */
export function retryAfter(header: string | string[] | undefined, now: number): number | null {
  if (typeof header !== "string") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds > 0 ? 1000 * seconds : null;
  const date = Date.parse(header);
  return Number.isNaN(date) || date <= now ? null : date - now;
}

/**
 * How long to wait: never shorter than the endpoint asks for. `random` (0 to 1) shortens or lengthens
 * the wait by up to a fifth, so that requests that failed together are not repeated together.
 */
export const waitBefore = (waitMs: number, random: number, askedMs: number | null): number =>
  Math.max(Math.round(waitMs * (0.8 + 0.4 * random)), askedMs ?? 0);
