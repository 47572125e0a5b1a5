import type { ColumnChoice } from "../options/column-choice.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import type { ColumnIndexes } from "./columns.js";

/** The kept columns of a table whose cells are texts, and a row's cells in their order. */
export class TableColumns {
  readonly list: readonly FileColumn[];
  /** For each kept column its position in the table, or -1 for that of a role. */
  readonly #positions: Int32Array;
  readonly #isEmpty: boolean;

  constructor(
    roles: ColumnIndexes,
    names: readonly string[] | null,
    count: number,
    choice: ColumnChoice,
  ) {
    const unique = uniqueNames(names, count);
    const roleAt = rolesByPosition(roles);
    const kept = unique.flatMap((name, position): { position: number; column: FileColumn }[] => {
      const role = roleAt.get(position) ?? null;
      const isKept = choice.keeps(name, position);
      if (role === null && !isKept) return [];
      const header = names?.[position];
      const column: FileColumn = { name, type: "text", encoding: "text", role };
      if (header !== undefined && header !== name) column.header = header;
      return [{ position, column }];
    });
    choice.checkFound(unique);
    this.list = kept.map(({ column }) => column);
    this.#positions = Int32Array.from(kept, ({ position, column }) =>
      column.role ? -1 : position,
    );
    this.#isEmpty = choice.none;
  }

  /** The cells of a row; the roles' are null, since its text, label and ids are as they stand. */
  cellsOf(cellAt: (position: number) => string): Cells | undefined {
    if (this.#isEmpty) return undefined;
    const cells: (string | null)[] = [];
    for (const position of this.#positions) cells.push(position < 0 ? null : cellAt(position));
    return cells;
  }
}

/** A column with several roles has the first of these. */
function rolesByPosition(roles: ColumnIndexes): Map<number, ColumnRole> {
  const found = new Map<number, ColumnRole>();
  for (const role of ["text", "label", "trueLabel", "id"] as const) {
    if (roles[role] >= 0 && !found.has(roles[role])) found.set(roles[role], role);
  }
  return found;
}

/**
 * The names of a table's columns: without a header their positions from 0. A column whose name is
 * empty or an earlier one's is `column_` and its position.
 */
export function uniqueNames(names: readonly string[] | null, count: number): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return Array.from({ length: count }, (_, position) => {
    let name = names ? (names[position] ?? "") : String(position);
    if (name === "" || used.has(name)) {
      name = `column_${position}`;
      while (taken.has(name)) name += "_";
      taken.add(name);
    }
    used.add(name);
    return name;
  });
}
