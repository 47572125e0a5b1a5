import { poolOf, prismaOf, type Store } from "../database/client.js";

/** The length of a dataset's longest id of the file in code points; null if no sample has one. */
export async function longestExternalId(store: Store, datasetId: string): Promise<number | null> {
  const { rows } = await poolOf(store).query<{ characters: number | null }>(
    "SELECT max(char_length(external_id)) AS characters FROM samples WHERE dataset_key = $1",
    [await keyOf(store, datasetId)],
  );
  return rows[0]?.characters ?? null;
}

/**
 * Streams the file's id of every sample, in sample order, in blocks of up to `blockRows`; an empty
 * string for a sample without one.
 */
export async function* readExternalIds(
  store: Store,
  datasetId: string,
  blockRows: number,
): AsyncGenerator<string[]> {
  const key = await keyOf(store, datasetId);
  let after = -1;
  for (;;) {
    const { rows } = await poolOf(store).query<{ id: string; ordinal: number }>(
      `SELECT coalesce(external_id, '') AS id, ordinal FROM samples
       WHERE dataset_key = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3`,
      [key, after, blockRows],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id }) => id);
    after = last.ordinal;
  }
}

/** A value of its own in the queries: Postgres then plans them for the one partition. */
async function keyOf(store: Store, datasetId: string): Promise<number> {
  const { key } = await prismaOf(store).dataset.findUniqueOrThrow({
    where: { id: datasetId },
    select: { key: true },
  });
  return key;
}
