/** What can go wrong in this package, by name: a caller branches on the code, never on the message. */
export type EncoderErrorCode =
  | "backend-unavailable"
  | "bad-config"
  | "bad-vocabulary"
  | "bad-training-options"
  | "bad-training-data"
  | "bad-checkpoint"
  | "unsupported-checkpoint"
  | "missing-weights"
  | "training-diverged"
  | "cancelled";

/** An error with a stable code and a message that says what, where and how to fix it. */
export class EncoderError extends Error {
  override readonly name = "EncoderError";

  constructor(
    readonly code: EncoderErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
