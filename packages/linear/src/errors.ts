/** What can go wrong in this package, by name: a caller branches on the code, never on the message. */
export type LinearErrorCode = "training-diverged" | "cancelled" | "invalid-vectors" | "too-large";

/** An error with a stable code and a message that says what happened and how to fix it. */
export class LinearError extends Error {
  override readonly name = "LinearError";

  constructor(
    readonly code: LinearErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
