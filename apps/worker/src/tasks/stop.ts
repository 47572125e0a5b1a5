/** Why a running task is stopped from outside. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(readonly why: "cancelled" | "lost" | "shutdown") {
    super(`the task is stopped: ${why}`);
  }
}
