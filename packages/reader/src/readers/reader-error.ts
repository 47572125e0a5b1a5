/**
 * Why a reader's process ended before its task: its limit of memory or of time, a SIGKILL from elsewhere, or
 * a crash.
 */
export type ReaderErrorCode = "memory" | "stalled" | "killed" | "crashed";

/** The end of a process that read a file. */
export class ReaderError extends Error {
  override readonly name = "ReaderError";
  readonly code: ReaderErrorCode;

  /** `stderr` is what the process wrote last, for the log. */
  constructor(code: ReaderErrorCode, message: string, stderr = "") {
    super(message, stderr === "" ? undefined : { cause: new Error(stderr) });
    this.code = code;
  }
}
