import { AppError, type Upload } from "@winnow/contracts";
import { type Database, sql, type Transaction } from "../database/client.js";

export interface StoredUpload extends Upload {
  readonly storageKey: string;
}

interface NewUpload {
  readonly id: string;
  readonly bytes: number;
  /** null: bytes are still to come (a resumable upload). */
  readonly sha256: string | null;
  readonly storageKey: string;
  readonly filename: string | null;
}

/** Records a stored file, or one of known size whose bytes are still to come. */
export async function insertUpload(db: Database, upload: NewUpload): Promise<StoredUpload> {
  await sql(db).query(
    "INSERT INTO uploads (id, bytes, sha256, storage_key, filename) VALUES ($1, $2, $3, $4, $5)",
    [upload.id, upload.bytes, upload.sha256, upload.storageKey, upload.filename],
  );
  return readUpload(db, upload.id);
}

/** Records that all bytes of a resumable upload have arrived. */
export async function completeUpload(db: Database, id: string, sha256: string): Promise<void> {
  await sql(db).query("UPDATE uploads SET sha256 = $2 WHERE id = $1 AND sha256 IS NULL", [
    id,
    sha256,
  ]);
}

/**
 * Throws `upload-not-found`. `received` is 0 for an unfinished upload: the size of its file says
 * how much has arrived.
 */
export async function readUpload(db: Database, id: string): Promise<StoredUpload> {
  const { rows } = await sql(db).query<{
    id: string;
    bytes: string;
    sha256: string | null;
    storage_key: string;
    created_at: Date;
  }>("SELECT id, bytes, sha256, storage_key, created_at FROM uploads WHERE id = $1", [id]);
  const row = rows[0];
  if (!row) throw new AppError("upload-not-found", `No upload has the id ${id}.`);
  const bytes = Number(row.bytes);
  return {
    id: row.id,
    bytes,
    received: row.sha256 === null ? 0 : bytes,
    sha256: row.sha256,
    createdAt: row.created_at.toISOString(),
    storageKey: row.storage_key,
  };
}

/**
 * Locks a complete upload until the transaction ends, so that no sweep deletes it before the job
 * that needs it exists. Throws `upload-not-found`, `upload-incomplete`.
 */
export async function holdUpload(tx: Transaction, id: string): Promise<StoredUpload> {
  await tx.query("SELECT 1 FROM uploads WHERE id = $1 FOR KEY SHARE", [id]);
  return wholeUpload(tx, id);
}

/** Throws `upload-not-found`, `upload-incomplete`. */
export async function wholeUpload(db: Database, id: string): Promise<StoredUpload> {
  const upload = await readUpload(db, id);
  if (upload.sha256 === null) {
    throw new AppError(
      "upload-incomplete",
      `The upload ${id} is not complete; send the rest of it.`,
    );
  }
  return upload;
}
