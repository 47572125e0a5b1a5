import type { NamedVote } from "../labels/annotator-votes.js";
import { detachedText } from "../rows/excerpt.js";
import type { Cells } from "../rows/file-column.js";

/** A row that passed every check, with its labels still as names. */
export interface UsableRow {
  line: number;
  record: number;
  id: string | null;
  text: string;
  characters: number;
  label: string;
  trueLabel: string | null;
  allLabels: readonly string[] | null;
  votes: readonly NamedVote[] | undefined;
  cells: Cells | undefined;
}

/** A copy whose strings keep no block of the file alive, for rows that are held for a long time. */
export function detached(row: UsableRow): UsableRow {
  const id = row.id === null ? null : detachedText(row.id);
  const cells = row.cells?.map((cell) => (cell === null ? null : detachedText(cell)));
  return { ...row, id, text: detachedText(row.text), cells };
}
