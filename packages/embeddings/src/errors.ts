/** What can go wrong in this package, by name: a caller branches on the code, never on the message. */
export type EmbeddingsErrorCode =
  /** The URL is none of an endpoint, or names a place that requests may not go to. */
  | "endpoint-address"
  /** It did not answer, or only with faults of its own, as often as it was asked. */
  | "endpoint-unavailable"
  /** It wants another key, another model, another path: asking again changes nothing. */
  | "endpoint-refused"
  /** What it answers is no list of vectors, or of other vectors than before. */
  | "endpoint-answer"
  /** Another model answers than the one whose vectors are kept. */
  | "other-model"
  /** What is kept of it cannot be read. */
  | "damaged-cache"
  /** It does not take one of the texts. */
  | "text-refused"
  | "cancelled";

/** An error with a stable code and a message that says what, where and how to fix it. */
export class EmbeddingsError extends Error {
  override readonly name = "EmbeddingsError";
  readonly place: number | undefined;

  constructor(
    readonly code: EmbeddingsErrorCode,
    message: string,
    options?: {
      cause?: unknown;
      /** Of a refused text: its place among those that were passed. */
      place?: number;
    },
  ) {
    super(message, options);
    this.place = options?.place;
  }
}
