/** Stable codes of what can go wrong while a local service is found, started or stopped. */
export type LocalServicesErrorCode =
  | "postgres-binaries-missing"
  | "postgres-init-failed"
  | "postgres-start-failed"
  | "postgres-version-mismatch"
  | "postgres-root-refused"
  | "user-unknown"
  | "redis-missing"
  | "redis-start-failed"
  | "data-folder-busy"
  | "data-folder-unusable";

/** What went wrong, where, and (in `fix`) what the reader can do about it. The message has both. */
export class LocalServicesError extends Error {
  readonly code: LocalServicesErrorCode;
  readonly fix: string;

  constructor(
    code: LocalServicesErrorCode,
    problem: string,
    fix: string,
    options?: { cause?: unknown },
  ) {
    super(`${problem}\n${fix}`, options);
    this.name = "LocalServicesError";
    this.code = code;
    this.fix = fix;
  }
}
