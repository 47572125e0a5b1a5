import { type ColumnClasses, columnsByName } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/**
 * Throws `classes-mismatch` where a list of column names does not name every class of the dataset
 * once. An uploaded list is read by the job.
 */
export async function checkClasses(
  tx: Transaction,
  datasetId: string,
  names: ColumnClasses,
): Promise<void> {
  if (!Array.isArray(names)) return;
  const { rows } = await tx.query<{ name: string }>(
    "SELECT name FROM classes WHERE dataset_id = $1 ORDER BY index",
    [datasetId],
  );
  columnsByName(
    names,
    rows.map(({ name }) => name),
  );
}
