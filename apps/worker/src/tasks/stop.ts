/** Why a running task is stopped from outside. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(readonly why: "cancelled" | "lost" | "shutdown") {
    super(`the task is stopped: ${why}`);
  }
}

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
