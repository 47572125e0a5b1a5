import { AppError, type ErrorCode } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";

/** What a key can own, by the prefix of its id: its table, and what it is when it is not there. */
const OWNED: Readonly<Record<string, { table: string; noun: string; missing: ErrorCode }>> = {
  job: { table: "jobs", noun: "job", missing: "job-not-found" },
  ds: { table: "datasets", noun: "dataset", missing: "dataset-not-found" },
  cv: {
    table: "cross_validations",
    noun: "cross-validation",
    missing: "cross-validation-not-found",
  },
  pr: { table: "prunings", noun: "pruning", missing: "pruning-not-found" },
  up: { table: "uploads", noun: "upload", missing: "upload-not-found" },
  rs: {
    table:
      "(SELECT s.id, d.owner_id FROM review_samples s JOIN datasets d ON d.id = s.dataset_id) samples",
    noun: "sample",
    missing: "review-sample-not-found",
  },
  wh: { table: "webhooks", noun: "webhook", missing: "webhook-not-found" },
};

/**
 * For a key that is limited to its own: throws for the first id that is somebody else's just what it
 * would throw if there were none. An id of a kind that nobody owns is refused.
 */
export async function assertOwned(
  db: Database,
  ownerId: string,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const kind = OWNED[id.slice(0, Math.max(0, id.indexOf("_")))];
    if (!kind) throw new AppError("forbidden", NOT_ITS_OWN);
    const { rowCount } = await sql(db).query(
      `SELECT 1 FROM ${kind.table} WHERE id = $1 AND owner_id = $2`,
      [id, ownerId],
    );
    if (rowCount !== 1) throw new AppError(kind.missing, `No ${kind.noun} has the id ${id}.`);
  }
}

/** What becomes of a request by such a key for what is everybody's. */
export const NOT_ITS_OWN =
  "The API key sees only what it made itself; this concerns all of the service. Use a key without " +
  "that limit.";

/**
 * Throws `forbidden` if a deletion by such a key would also delete runs that others made of its data.
 * Without `ownerId` everything may go.
 */
export async function assertGoesAlone(
  db: Database,
  ownerId: string | undefined,
  ids: readonly string[],
): Promise<void> {
  if (ownerId === undefined) return;
  const { rowCount } = await sql(db).query(
    `SELECT 1 FROM cross_validations WHERE id = ANY($1) AND owner_id IS DISTINCT FROM $2
     UNION ALL SELECT 1 FROM prunings WHERE id = ANY($1) AND owner_id IS DISTINCT FROM $2 LIMIT 1`,
    [ids, ownerId],
  );
  if (!rowCount) return;
  throw new AppError(
    "forbidden",
    "Cross-validations or prunings that others made of it would be deleted with it; only a key that " +
      "is not limited to its own may do that.",
  );
}
