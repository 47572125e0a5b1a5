import type { EXPORT_COLUMNS, FileColumn, FileLayout } from "@winnow/contracts";
import {
  type Cell,
  type CellType,
  fileCell,
  fileCellType,
  hasLabel,
  type TableFormat,
  type WrittenColumn,
} from "@winnow/corpus";
import type { ExportRecord, ExportSplit } from "./export-splits.js";

export type ColumnsWanted = (typeof EXPORT_COLUMNS)[number];

/** A column of an export, and its value for a record. */
export interface ExportColumn extends WrittenColumn {
  readonly cellOf: (record: ExportRecord) => Cell;
}

type Part = "id" | "text" | "label" | "trueLabel";

/** The parts of a sample; the file's own columns may hold them. */
const PARTS: readonly Part[] = ["id", "text", "label", "trueLabel"];

/** What Winnow knows about a row, before and after the parts of its sample. */
const BEFORE = [columnOf("ordinal", "integer"), columnOf("line", "integer")];
const AFTER = [
  columnOf("flagged", "boolean"),
  columnOf("suggested", "text"),
  columnOf("rank", "integer"),
  columnOf("normalizedMargin", "number"),
  columnOf("review", "text"),
];

/** Columns of one split only. */
const SPLIT_COLUMNS: Partial<Record<ExportSplit, ExportColumn>> = {
  relabelled: columnOf("given", "text"),
  soft: columnOf("soft", "json"),
};

/** The columns of a table, in order, with names that occur once unless the file repeats them. */
export function exportColumns({
  columns: wanted,
  split,
  format,
  layout,
  hasTrueLabels,
  annotators,
  isDerived,
  evidence,
}: {
  readonly columns: ColumnsWanted;
  readonly split: ExportSplit;
  readonly format: TableFormat;
  readonly layout: FileLayout;
  readonly hasTrueLabels: boolean;
  /** How many annotators' labels the rows have. */
  readonly annotators: number;
  /** Whether labels may be others than in the file. */
  readonly isDerived: boolean;
  readonly evidence: boolean;
}): ExportColumn[] {
  const others = layout.columns.filter(({ role }) => role === null);
  const parts = PARTS.map((part) => columnOf(part, "text"));
  const why = evidence ? [columnOf("evidence", "json")] : [];
  const votes = annotators > 0 ? [columnOf("votes", "json")] : [];
  const after = [...AFTER, ...votes, ...why, ...[SPLIT_COLUMNS[split] ?? []].flat()];
  if (wanted === "winnow") {
    // Parquet files begin with the columns of a dataset file.
    const [id, text, label, ...rest] = parts;
    const own =
      format === "parquet"
        ? [id!, text!, label!, ...BEFORE, ...rest, ...after]
        : [...BEFORE, ...parts, ...after];
    const kept = others.map((column) => fileColumn(column, layout, format, column.name));
    return [
      ...renamed(
        own,
        layout.columns.filter(({ role }) => role === null),
      ),
      ...kept,
    ];
  }
  const file = layout.columns.map((column) =>
    fileColumn(column, layout, format, headerOf(column, format)),
  );
  const hasOwnLabel = layout.columns.some(hasLabel);
  if (wanted === "source") {
    // Without a column of labels, the new ones need one.
    const isAdded = (split === "relabelled" || annotators > 0 || isDerived) && !hasOwnLabel;
    // A file with a row for each label of an annotator becomes one with a row for each text.
    const added = [
      ...(isAdded ? [columnOf("label", "text")] : []),
      ...(layout.format.annotatorColumn === undefined ? [] : votes),
    ];
    return [...file, ...renamed(added, layout.columns)];
  }
  // The parts that no column of the file holds. Without one for ids, there are no ids.
  const roles = new Set<string | null>(["id", ...layout.columns.map(({ role }) => role)]);
  if (!hasTrueLabels) roles.add("trueLabel");
  const missing = parts.filter(({ name }) => !roles.has(name));
  return [...file, ...renamed([...BEFORE, ...missing, ...after], layout.columns)];
}

/** Tables of text repeat names that the file repeats; objects and parquet cannot. */
function headerOf({ name, header }: FileColumn, format: TableFormat): string {
  return isText(format) ? (header ?? name) : name;
}

const isText = (format: TableFormat) =>
  format === "csv" || format === "tsv" || format === "delimited";

export function fileColumn(
  column: FileColumn,
  layout: FileLayout,
  format: TableFormat,
  name: string,
): ExportColumn {
  const position = layout.columns.indexOf(column);
  const labelCells = new Map(layout.labelCells);
  return {
    name,
    type: fileCellType(column, format),
    parquet: format === "parquet" ? column.parquet : undefined,
    cellOf: (record) => fileCell(record, column, position, format, labelCells),
  };
}

/** Winnow's columns give way to the file's where they have the same name. */
export function renamed<Column extends ExportColumn>(
  own: readonly Column[],
  file: readonly FileColumn[],
): Column[] {
  const taken = new Set(file.flatMap(({ name, header }) => [name, header]));
  return own.map((column) => {
    let { name } = column;
    while (taken.has(name)) name = `winnow_${name}`;
    return { ...column, name };
  });
}

export function columnOf(
  name: Exclude<keyof ExportRecord, "cells" | "newLabel">,
  type: CellType,
): ExportColumn {
  return {
    name,
    type,
    cellOf: (record) => {
      const value = record[name] ?? null;
      return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
    },
  };
}
