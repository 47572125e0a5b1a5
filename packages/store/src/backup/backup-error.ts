export type BackupErrorCode =
  | "backup-exists"
  | "backup-damaged"
  | "backup-of-newer-version"
  | "not-a-backup"
  | "database-not-migrated"
  | "database-not-empty"
  | "storage-missing"
  | "storage-not-empty";

/** A backup that cannot be made or restored: what, where, and how to mend it. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  constructor(
    readonly code: BackupErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
