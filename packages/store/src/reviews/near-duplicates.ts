import type { QueuedFlag, Verdict } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";

/** Others that are shown beside a row, and the characters of their texts. */
const SHOWN = 5;
const SHOWN_CHARACTERS = 500;

type Neighbours = QueuedFlag["nearDuplicates"];

/** Up to five rows with nearly the same text as each of these rows. */
export async function readNearDuplicates(
  store: Store,
  datasetKey: number,
  ordinals: readonly number[],
  names: readonly string[],
): Promise<Map<number, Neighbours>> {
  const found = new Map<number, Neighbours>();
  if (ordinals.length === 0) return found;
  const { rows } = await poolOf(store).query<{
    row: number;
    ordinal: number;
    line: number;
    text: string;
    class_index: number;
    verdict: Verdict | null;
  }>(
    `SELECT own.ordinal AS row, other.ordinal, s.line, left(s.text, ${SHOWN_CHARACTERS}) AS text,
       s.class_index, r.verdict
     FROM near_duplicates own
     CROSS JOIN LATERAL (SELECT n.ordinal FROM near_duplicates n
       WHERE n.dataset_key = $1 AND n.group_ordinal = own.group_ordinal AND n.ordinal <> own.ordinal
       ORDER BY n.ordinal LIMIT ${SHOWN}) other
     JOIN ${partitionOf("samples", datasetKey)} s ON s.dataset_key = $1 AND s.ordinal = other.ordinal
     LEFT JOIN reviews r ON r.dataset_key = $1 AND r.ordinal = other.ordinal
     WHERE own.dataset_key = $1 AND own.ordinal = ANY($2)
     ORDER BY own.ordinal, other.ordinal`,
    [datasetKey, ordinals],
  );
  for (const { row, ordinal, line, text, class_index, verdict } of rows) {
    const one = { ordinal, line, text, label: names[class_index] ?? "", review: verdict };
    found.set(row, [...(found.get(row) ?? []), one]);
  }
  return found;
}
