/** What can be wrong with the input of confident learning; stable, for programs to branch on. */
export type ConfidentLearningErrorCode =
  | "empty-input"
  | "length-mismatch"
  | "label-out-of-range"
  | "probability-not-finite"
  | "probability-out-of-range"
  | "one-class-only"
  | "invalid-option"
  | "invalid-source"
  | "invalid-votes"
  | "no-overlap"
  | "too-large";

/** A fault in the input: `code` is stable, `row` and `class` say where, if known. */
export class ConfidentLearningError extends Error {
  override readonly name = "ConfidentLearningError";
  readonly code: ConfidentLearningErrorCode;
  readonly row: number | undefined;
  readonly class: number | undefined;

  constructor(
    code: ConfidentLearningErrorCode,
    message: string,
    where: { readonly row?: number; readonly class?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.row = where.row;
    this.class = where.class;
  }
}
