import { type Database, sql } from "../database/client.js";

/** Which row of a dataset that was read from a file each row of another one is. */
export interface Origins {
  readonly rootKey: number;
  /** (n) ascending ordinals of that dataset. */
  readonly ordinals: Int32Array;
}

/** Of a dataset that was read from a file, each row is its own origin. */
export async function readOrigins(db: Database, datasetKey: number, n: number): Promise<Origins> {
  const { rows } = await sql(db).query<{ root_key: number; ordinals: Buffer }>(
    "SELECT root_key, ordinals FROM dataset_origins WHERE dataset_key = $1",
    [datasetKey],
  );
  const stored = rows[0];
  if (!stored)
    return { rootKey: datasetKey, ordinals: Int32Array.from({ length: n }, (_, i) => i) };
  const ordinals = Int32Array.from({ length: n }, (_, i) => stored.ordinals.readInt32BE(4 * i));
  return { rootKey: stored.root_key, ordinals };
}

export async function writeOrigins(
  db: Database,
  datasetKey: number,
  { rootKey, ordinals }: Origins,
): Promise<void> {
  const bytes = Buffer.allocUnsafe(4 * ordinals.length);
  ordinals.forEach((ordinal, i) => {
    bytes.writeInt32BE(ordinal, 4 * i);
  });
  await sql(db).query(
    "INSERT INTO dataset_origins (dataset_key, root_key, ordinals) VALUES ($1, $2, $3)",
    [datasetKey, rootKey, bytes],
  );
}
