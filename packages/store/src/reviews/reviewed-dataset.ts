import { AppError } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";

export interface ReviewedDataset {
  readonly id: string;
  readonly key: number;
  readonly rows: number;
  /** Of its reviews: their ETag. */
  readonly revision: number;
}

/**
 * A ready dataset; in a transaction it cannot be deleted before its end. Throws `dataset-not-found`,
 * `dataset-not-ready`.
 */
export async function reviewedDataset(db: Database, id: string): Promise<ReviewedDataset> {
  const { rows } = await sql(db).query<ReviewedDataset & { state: string }>({
    name: "reviewed-dataset",
    text: `SELECT id, key, rows, state, ${REVISION} AS revision
      FROM datasets WHERE id = $1 FOR KEY SHARE`,
    values: [id],
  });
  const dataset = rows[0];
  if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${id}.`);
  if (dataset.state !== "ready") {
    throw new AppError(
      "dataset-not-ready",
      `The dataset is ${dataset.state}; it has no rows to review.`,
    );
  }
  return dataset;
}

/** The indexes of these class names; those that are no class are left out. */
export async function classIndexes(
  db: Database,
  datasetId: string,
  names: readonly string[],
): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  const { rows } = await sql(db).query<{ name: string; index: number }>(
    "SELECT name, index FROM classes WHERE dataset_id = $1 AND name = ANY($2)",
    [datasetId, [...new Set(names)]],
  );
  return new Map(rows.map(({ name, index }) => [name, index]));
}

/** SQL: the revision of the dataset `$1`. Two look-ups at the ends of two indexes. */
const REVISION = `greatest((SELECT max(key) FROM review_actions WHERE dataset_id = $1),
  (SELECT max(undone_key) FROM review_actions WHERE dataset_id = $1), 0)::float8`;

/** Rises with every review and every undo of the dataset: its ETag. */
export async function reviewsRevision(db: Database, datasetId: string): Promise<number> {
  const { rows } = await sql(db).query<{ revision: number }>(`SELECT ${REVISION} AS revision`, [
    datasetId,
  ]);
  return rows[0]!.revision;
}
