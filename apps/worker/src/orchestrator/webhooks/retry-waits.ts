const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Between an attempt that failed and the next: ten attempts in all, the last after about a day. */
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

const LONGEST_WISH_MS = 24 * HOUR;

/**
 * How long to wait after the failure of an attempt (counted from 1); null: it was the last. A fifth
 * more or less by `random` (0 to 1), so that what failed together does not come back together;
 * never less than the receiver asks for, up to a day.
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
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, LONGEST_WISH_MS)));
}
