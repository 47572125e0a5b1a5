import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { BatchWriter, CellRow, CellType, TableOptions } from "./batch-writer.js";

const PARQUET_TYPES = {
  text: "STRING",
  integer: "INT32",
  long: "INT64",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  json: "STRING",
  members: "STRING",
} as const satisfies Record<CellType, string>;

/** Parquet with snappy pages; each batch of rows is a row group, so memory is one batch. */
export function parquetWriter(options: TableOptions): BatchWriter<CellRow> {
  const bytes = new ByteWriter();
  const columns = options.columns.map(({ name, type }) => ({
    name,
    type: PARQUET_TYPES[type],
    nullable: true,
  }));
  const schema = schemaFromColumnData({
    columnData: columns.map((column) => ({ ...column, data: [] })),
  });
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: "winnow" });
  /** What was written since the last call; offsets continue. */
  const drain = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  return {
    begin: drain,
    write(rows) {
      const columnData = columns.map((column, i) => ({
        ...column,
        data: rows.map((cells) => cells[i] ?? null),
      }));
      writer.write({ columnData, rowGroupSize: rows.length });
      return drain();
    },
    end() {
      writer.finish();
      return drain();
    },
  };
}
