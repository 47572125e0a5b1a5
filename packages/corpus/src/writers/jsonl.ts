import type { BatchWriter, Cell, CellRow, TableOptions, WrittenColumn } from "./batch-writer.js";

/** One JSON object a line. */
export function jsonlWriter(options: TableOptions): BatchWriter<CellRow> {
  const objectOf = objectWriter(options);
  return {
    begin: () => "",
    write: (rows) => rows.map((cells) => `${objectOf(cells)}\n`).join(""),
    end: () => "",
  };
}

/** A list of objects, one a line. */
export function jsonWriter(options: TableOptions): BatchWriter<CellRow> {
  const objectOf = objectWriter(options);
  let separator = "\n";
  return {
    begin: () => "[",
    write(rows) {
      const written = separator + rows.map(objectOf).join(",\n");
      separator = ",\n";
      return written;
    },
    end: () => "\n]\n",
  };
}

/** Keys are written individually, so that any column name is a plain key. */
function objectWriter({ columns }: TableOptions): (cells: CellRow) => string {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  return (cells) => {
    const members: string[] = [];
    for (const [i, column] of columns.entries()) {
      const member = memberOf(keys[i]!, cells[i], column);
      if (member !== "") members.push(member);
    }
    return `{${members.join(",")}}`;
  };
}

function memberOf(key: string, cell: Cell, { type }: WrittenColumn): string {
  if (cell === undefined) return "";
  if (typeof cell === "bigint") return `${key}${cell}`;
  if (typeof cell !== "string" || type === "text") return `${key}${JSON.stringify(cell)}`;
  return type === "members" ? cell.trim().slice(1, -1).trim() : `${key}${cell}`;
}
