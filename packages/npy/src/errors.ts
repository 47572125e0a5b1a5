/** What can be wrong with an npy file; stable, for programs to branch on. */
export type NpyErrorCode =
  | "not-npy"
  | "unsupported-version"
  | "header-truncated"
  | "header-too-long"
  | "header-syntax"
  | "header-keys"
  | "unsupported-dtype"
  | "invalid-shape"
  | "fortran-order"
  | "data-truncated"
  | "trailing-data"
  | "wrong-dtype"
  | "wrong-dimensions"
  | "wrong-shape"
  | "value-out-of-range"
  | "too-large"
  | "bad-names"
  | "no-array"
  | "several-arrays"
  | "invalid-vectors"
  | "duplicate-id";

/** A fault in an npy file or in how it is read: `code` is stable, the message says what and where. */
export class NpyError extends Error {
  override readonly name = "NpyError";
  readonly code: NpyErrorCode;

  constructor(code: NpyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
