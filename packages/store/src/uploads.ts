import { AppError, type Upload } from "@winnow/contracts";
import type { Queryable } from "./client.js";

export interface StoredUpload extends Upload {
  readonly storageKey: string;
}

/** Notes a file that lies whole in storage. */
export async function insertUpload(
  db: Queryable,
  upload: {
    id: string;
    bytes: number;
    sha256: string;
    storageKey: string;
    filename: string | null;
  },
): Promise<StoredUpload> {
  await db.query(
    "INSERT INTO uploads (id, bytes, sha256, storage_key, filename) VALUES ($1, $2, $3, $4, $5)",
    [upload.id, upload.bytes, upload.sha256, upload.storageKey, upload.filename],
  );
  return readUpload(db, upload.id);
}

/** Throws `upload-not-found`. */
export async function readUpload(db: Queryable, id: string): Promise<StoredUpload> {
  const { rows } = await db.query<{
    id: string;
    bytes: string;
    sha256: string;
    storage_key: string;
    created_at: Date;
  }>("SELECT id, bytes, sha256, storage_key, created_at FROM uploads WHERE id = $1", [id]);
  const row = rows[0];
  if (!row) throw new AppError("upload-not-found", `No upload has the id ${id}.`);
  return {
    id: row.id,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    createdAt: row.created_at.toISOString(),
    storageKey: row.storage_key,
  };
}
