import { CorpusError } from "../errors.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { Column, DatasetFormat } from "../options/dataset-format.js";

/** The columns of a row's parts; -1 = the table has no such column. */
export interface ColumnIndexes {
  text: number;
  label: number;
  id: number;
  trueLabel: number;
}

/**
 * Finds the columns of a table with these names or, without a header (`null`), with this many
 * fields. Throws CorpusError "column-not-found", which lists the existing columns.
 */
export function findColumns(
  format: DatasetFormat,
  names: readonly string[] | null,
  fieldCount: number,
): ColumnIndexes {
  const find = (column: Column): number => {
    const index = indexOf(column, names);
    if (index >= 0 && index < fieldCount) return index;
    throw notFound(column, names, fieldCount);
  };
  const optional = (column: Column | undefined) => (column === undefined ? -1 : find(column));
  return {
    text: find(format.textColumn ?? (names ? "text" : 0)),
    label: find(format.labelColumn ?? (names ? "label" : 1)),
    id: optional(format.idColumn),
    trueLabel: optional(format.trueLabelColumn),
  };
}

function indexOf(column: Column, names: readonly string[] | null): number {
  if (typeof column === "number") return column;
  if (names) return names.indexOf(column);
  return /^\d+$/.test(column) ? Number(column) : -1;
}

function notFound(
  column: Column,
  names: readonly string[] | null,
  fieldCount: number,
): CorpusError {
  if (names) return columnNotFound(String(column), names, "The file has the columns");
  return new CorpusError(
    "column-not-found",
    `There is no column ${JSON.stringify(column)}. Without a header, columns are 0 to ${fieldCount - 1}.`,
    { column: String(column), columns: Array.from({ length: fieldCount }, (_, i) => String(i)) },
  );
}
