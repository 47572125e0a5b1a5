const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits between failed attempts: ten attempts in all, the last after about a day. */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  7 * HOUR,
  12 * HOUR,
];

const MAX_REQUESTED_WAIT_MS = 24 * HOUR;

/**
 * How long to wait after a failed attempt (counted from 1); null: it was the last. `random` (0 to 1)
 * shortens or lengthens the wait by up to a fifth, so that messages that failed together are not
 * retried together. The wait is never shorter than the receiver asks for, up to a day.
 */
export function retryWait(
  attempt: number,
  waitsMs: readonly number[],
  random: number,
  retryAfterMs: number | null,
): number | null {
  const wait = waitsMs[attempt - 1];
  if (wait === undefined) return null;
  const jittered = wait * (0.8 + 0.4 * random);
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, MAX_REQUESTED_WAIT_MS)));
}
