import { poolOf, type Store, type Transaction } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";

/** Stores the groups, (n), of a dataset's rows, but not of those that are alone in theirs. */
export async function writeNearDuplicates(
  tx: Transaction,
  datasetKey: number,
  groups: Int32Array,
): Promise<void> {
  const sizes = new Int32Array(groups.length);
  for (const group of groups) sizes[group] = sizes[group]! + 1;
  await copyIn<GroupedRow>(
    tx,
    "near_duplicates",
    ["dataset_key", "group_ordinal", "ordinal"],
    [rowsOf(groups, sizes)],
    (row, near) => row.int4(datasetKey).int4(near.group).int4(near.ordinal),
  );
}

/** The group of each row, (n): the first row with nearly the same text, often itself. */
export async function readNearGroups(
  store: Store,
  datasetId: string,
  n: number,
): Promise<Int32Array> {
  const groups = Int32Array.from({ length: n }, (_, row) => row);
  const { rows } = await poolOf(store).query<{ ordinal: number; group: number }>(
    `SELECT ordinal, group_ordinal AS group FROM near_duplicates
     WHERE dataset_key = (SELECT key FROM datasets WHERE id = $1)`,
    [datasetId],
  );
  for (const { ordinal, group } of rows) groups[ordinal] = group;
  return groups;
}

interface GroupedRow {
  readonly group: number;
  readonly ordinal: number;
}

function* rowsOf(groups: Int32Array, sizes: Int32Array): Generator<GroupedRow> {
  for (const [ordinal, group] of groups.entries()) {
    if (sizes[group]! > 1) yield { group, ordinal };
  }
}
