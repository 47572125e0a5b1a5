import { type BatchWriter, cellsOf, columnsWritten, type WriteOptions } from "./batch-writer.js";

/**
 * One JSON object a line; keys are written individually, so that any column name is a plain key.
 */
export function jsonlWriter(options: WriteOptions): BatchWriter {
  const keys = columnsWritten(options).map(({ name }) => JSON.stringify(name));
  return {
    begin: () => "",
    write: (rows) =>
      rows
        .map((row) => {
          const cells = cellsOf(row, options);
          return `{${keys.map((key, i) => `${key}:${JSON.stringify(cells[i])}`).join(",")}}\n`;
        })
        .join(""),
    end: () => "",
  };
}
