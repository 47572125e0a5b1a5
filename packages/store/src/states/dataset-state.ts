import {
  DATASET_TRANSITIONS,
  type DatasetProfile,
  type FileLayout,
  statesBefore,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** What an ingest has found out about its dataset. */
export interface IngestedDataset {
  readonly rows: number;
  readonly rejected: number;
  readonly classCount: number;
  readonly profile: DatasetProfile;
  readonly sha256: string | null;
  readonly hasTrueLabels: boolean;
  readonly layout: FileLayout | null;
}

/** False where the dataset is not being ingested. */
export async function makeDatasetReady(
  tx: Transaction,
  id: string,
  found: IngestedDataset,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE datasets SET state = 'ready', rows = $3, rejected = $4, class_count = $5,
       profile = $6, sha256 = $7, has_true_labels = $8, layout = $9, updated_at = now()
     WHERE id = $1 AND state = ANY($2)`,
    [
      id,
      statesBefore(DATASET_TRANSITIONS, "ready"),
      found.rows,
      found.rejected,
      found.classCount,
      JSON.stringify(found.profile),
      found.sha256,
      found.hasTrueLabels,
      found.layout && JSON.stringify(found.layout),
    ],
  );
  return rowCount === 1;
}

/** Fails a dataset that is being ingested, and no other. */
export async function failDataset(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `UPDATE datasets SET state = 'failed', updated_at = now()
     WHERE id = $1 AND state = ANY($2)`,
    [id, statesBefore(DATASET_TRANSITIONS, "failed")],
  );
}

/**
 * Ingests a failed dataset again, without the rejects of the failure; false where it has not failed,
 * or was deleted.
 */
export async function reopenDataset(tx: Transaction, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "UPDATE datasets SET state = 'ingesting' WHERE id = $1 AND state = ANY($2)",
    [id, statesBefore(DATASET_TRANSITIONS, "ingesting")],
  );
  if (rowCount === 1) await tx.query("DELETE FROM rejects WHERE dataset_id = $1", [id]);
  return rowCount === 1;
}
