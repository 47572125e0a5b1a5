import {
  type BatchWriter,
  type Cell,
  cellReader,
  columnsWritten,
  type ExtraColumn,
  type WriteOptions,
} from "./batch-writer.js";

/**
 * One JSON object a line; keys are written individually, so that any column name is a plain key.
 */
export function jsonlWriter(options: WriteOptions): BatchWriter {
  const columns = columnsWritten(options).map(({ name, type }) => ({
    key: JSON.stringify(name),
    type,
  }));
  const cellsOf = cellReader(options);
  const lineOf = (cells: readonly Cell[]) =>
    `{${columns.map(({ key, type }, i) => `${key}:${jsonOf(cells[i]!, type)}`).join(",")}}\n`;
  return {
    begin: () => "",
    write: (rows) => rows.map((row) => lineOf(cellsOf(row))).join(""),
    end: () => "",
  };
}

function jsonOf(cell: Cell, type: ExtraColumn["type"]): string {
  return type === "json" && typeof cell === "string" ? cell : JSON.stringify(cell);
}
