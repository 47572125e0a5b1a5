import type { BatchWriter, Cell, CellRow, TableOptions, WrittenColumn } from "./batch-writer.js";

/**
 * One JSON object a line; keys are written individually, so that any column name is a plain key.
 */
export function jsonlWriter({ columns }: TableOptions): BatchWriter<CellRow> {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const lineOf = (cells: CellRow): string => {
    const members: string[] = [];
    for (const [i, column] of columns.entries()) {
      const member = memberOf(keys[i]!, cells[i], column);
      if (member !== "") members.push(member);
    }
    return `{${members.join(",")}}\n`;
  };
  return { begin: () => "", write: (rows) => rows.map(lineOf).join(""), end: () => "" };
}

function memberOf(key: string, cell: Cell, { type }: WrittenColumn): string {
  if (cell === undefined) return "";
  if (typeof cell === "bigint") return `${key}${cell}`;
  if (typeof cell !== "string" || type === "text") return `${key}${JSON.stringify(cell)}`;
  return type === "members" ? cell.trim().slice(1, -1).trim() : `${key}${cell}`;
}
