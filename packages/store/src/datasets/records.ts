import { poolOf, type Store, withTransaction } from "../database/client.js";
import { copyOut } from "../database/copy-binary.js";
import { partitionOf } from "../database/partitions.js";
import { datasetKeyOf, readProfile } from "./datasets.js";

/**
 * The record of its file that each sample was, from 0, (n), where all `count` records are kept or
 * rejected with their line. Null where that cannot be told: other records were left out, as by sampling,
 * the dataset is derived, or a kept and a rejected record begin in one line.
 */
export async function readRecords(
  store: Store,
  datasetId: string,
  count: number,
): Promise<Int32Array | null> {
  const key = await datasetKeyOf(store, datasetId);
  const { rowsRead } = await readProfile(store, datasetId);
  if (rowsRead !== count) return null;
  const { rows: rejects } = await poolOf(store).query<{ line: number }>(
    "SELECT line FROM rejects WHERE dataset_id = $1 ORDER BY id",
    [datasetId],
  );
  const lines: number[] = [];
  await withTransaction(store, async (tx) => {
    const query = `SELECT line FROM ${partitionOf("samples", key)} ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 1, ({ view, offsets }) => {
      lines.push(view.readInt32BE(offsets[0]!));
    });
    for await (const _ of chunks);
  });
  if (lines.length + rejects.length !== rowsRead) return null;
  const records = new Int32Array(lines.length);
  let before = 0;
  for (const [row, line] of lines.entries()) {
    if (row > 0 && line < lines[row - 1]!) return null;
    while (before < rejects.length && rejects[before]!.line < line) before += 1;
    if (rejects[before]?.line === line) return null;
    records[row] = row + before;
  }
  return records;
}
