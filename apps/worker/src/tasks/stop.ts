/** Why a running task is stopped from outside. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(readonly why: "cancelled" | "lost" | "shutdown") {
    super(`the task is stopped: ${why}`);
  }
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** How long a task waits, after this attempt, for a worker that can do it. */
export const pauseAfter = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, attempt - 1));

/** The task is fine, but not for this worker: it goes back to its queue, uncounted, after a pause. */
export class HandBack extends Error {
  override readonly name = "HandBack";
  constructor(
    reason: string,
    readonly pauseMs: number,
  ) {
    super(reason);
  }
}
