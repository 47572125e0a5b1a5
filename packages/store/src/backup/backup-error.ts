export type BackupErrorCode =
  | "backup-exists"
  | "backup-damaged"
  | "backup-of-newer-version"
  | "not-a-backup"
  | "database-not-migrated"
  | "database-not-empty"
  | "database-pooled"
  | "database-lacks-locks"
  | "storage-missing"
  | "storage-not-empty";

/** A backup that cannot be made or restored: what failed, where, and how to fix it. */
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

/** Explains that Postgres has too few locks: its own error does not name the setting. */
export function withoutLocks(error: unknown): unknown {
  const { code, message = "" } = error as { code?: string; message?: string };
  if (code !== "53200" || !message.includes("shared memory")) return error;
  return new BackupError(
    "database-lacks-locks",
    "Postgres has too few locks for all tables and partitions at once; raise its max_locks_per_transaction (`winnow up` sets 256) and start it again.",
    { cause: error },
  );
}
