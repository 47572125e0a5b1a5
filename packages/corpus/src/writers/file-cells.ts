import type { Cells, ColumnRole, ColumnType, FileColumn } from "../rows/file-column.js";
import { hasLabel, type LabelCells, relabelled } from "../rows/relabelled.js";
import { type Cell, type CellType, isObjects, type TableFormat } from "./batch-writer.js";
import { parquetCell } from "./parquet-cells.js";

/** A sample with its cells, and its label if that is no longer the one of the file. */
export interface FileRow {
  id: string | null;
  text: string;
  label: string;
  trueLabel: string | null;
  cells: Cells | null;
  newLabel?: string | undefined;
}

const CELL_TYPES = {
  text: "text",
  integer: "long",
  number: "number",
  boolean: "boolean",
  json: "json",
} as const satisfies Record<ColumnType, CellType>;

/** The type of a file's column in a format. */
export function fileCellType(column: FileColumn, format: TableFormat): CellType {
  if (format === "parquet") return CELL_TYPES[column.type];
  if (!isObjects(format) || column.encoding === "text") return "text";
  return column.isRest ? "members" : "json";
}

/** The value of a row in a column of its file, for a format to write. */
export function fileCell(
  row: FileRow,
  column: FileColumn,
  position: number,
  format: TableFormat,
  labelCells: LabelCells,
): Cell {
  const stored = storedCell(row, column, position, labelCells);
  if (stored === null) return isObjects(format) && column.encoding === "json" ? undefined : null;
  if (column.encoding === "text" || isObjects(format)) return stored;
  if (format !== "parquet") return plainCell(stored);
  return column.parquet ? parquetCell(stored, column.parquet) : typedCell(stored, column.type);
}

/** The value as cells are stored: in the columns of roles the sample's own, unless another is stored. */
export function storedCell(
  row: FileRow,
  column: FileColumn,
  position: number,
  labelCells: LabelCells,
): string | null {
  const cell = row.cells?.[position] ?? null;
  const { role } = column;
  if (row.newLabel !== undefined && hasLabel(column)) {
    return relabelled(cell, column, row.newLabel, labelCells);
  }
  if (cell !== null || role === null) return cell;
  // Of a derived dataset's new label nothing stands there.
  if (role === "label") return relabelled(null, column, row.label, labelCells);
  const own = ownValue(row, role);
  return own !== null && column.encoding === "json" ? JSON.stringify(own) : own;
}

function ownValue(row: FileRow, role: ColumnRole): string | null {
  return row[role];
}

/** A JSON value for a column of parquet with this type. */
function typedCell(json: string, type: ColumnType): Cell {
  if (json === "null") return null;
  switch (type) {
    case "integer":
      return BigInt(json);
    case "json":
      return json;
    default:
      return typedValue(JSON.parse(json));
  }
}

function typedValue(value: unknown): Cell {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  throw new Error("a cell of a typed column holds a list or an object");
}

/** A JSON value as the text of a csv cell. */
function plainCell(json: string): string | null {
  if (json === "null") return null;
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}
