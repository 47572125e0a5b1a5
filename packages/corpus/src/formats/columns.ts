import { CorpusError } from "../errors.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { Column, DatasetFormat } from "../options/dataset-format.js";
import type { RawVote } from "../rows/raw-row.js";

/** The columns of a row's parts; -1 = the table has no such column. */
export interface ColumnIndexes {
  text: number;
  label: number;
  id: number;
  trueLabel: number;
  /** With them there is no label column. */
  annotators: readonly number[];
  /** Whose label a row has. */
  annotator: number;
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
  const { annotatorColumns } = format;
  const columns = {
    text: find(format.textColumn ?? (names ? "text" : 0)),
    label: annotatorColumns ? -1 : find(format.labelColumn ?? (names ? "label" : 1)),
    id: optional(format.idColumn),
    trueLabel: optional(format.trueLabelColumn),
    annotators: annotatorColumns?.map(find) ?? [],
    annotator: optional(format.annotatorColumn),
  };
  checkAnnotators(columns, format);
  return columns;
}

/** The labels in the annotators' cells of a row; blank ones are none. */
export function votesOfCells(
  annotators: readonly number[],
  cellAt: (position: number) => string,
): RawVote[] {
  const votes: RawVote[] = [];
  for (const [annotator, position] of annotators.entries()) {
    const label = cellAt(position);
    if (label !== "") votes.push({ annotator, label });
  }
  return votes;
}

/** A name and an index may mean the same column. */
function checkAnnotators(columns: ColumnIndexes, format: DatasetFormat): void {
  const { text, label, id, annotators, annotator } = columns;
  const twice = annotator < 0 ? -1 : [text, label, id].indexOf(annotator);
  if (twice >= 0) {
    const part = ["text", "label", "id"][twice];
    throw new CorpusError(
      "bad-format",
      `The annotators' column ${JSON.stringify(format.annotatorColumn)} is the ${part}'s.`,
    );
  }
  const { annotatorColumns = [] } = format;
  const at = annotators.findIndex((index, i) => index === text || annotators.indexOf(index) < i);
  if (at < 0) return;
  const other = annotators[at] === text ? "the text's" : "another annotator's too";
  throw new CorpusError(
    "bad-format",
    `The annotators' column ${JSON.stringify(annotatorColumns[at])} is ${other}.`,
  );
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
