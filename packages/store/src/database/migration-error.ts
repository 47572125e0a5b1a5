/** Why a migration was refused or failed. */
export type MigrationErrorCode =
  | "migration-changed"
  | "migration-unfinished"
  | "migration-failed"
  | "migrations-missing"
  | "database-not-created"
  | "database-pooled"
  | "database-encoding"
  | "database-read-only"
  | "database-privileges"
  | "database-role";

/** A migration that cannot be applied: which one, why, and how to fix it. */
export class MigrationError extends Error {
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MigrationError";
    this.code = code;
  }
}
