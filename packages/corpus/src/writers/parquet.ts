import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import {
  type BatchWriter,
  cellReader,
  columnsWritten,
  type ExtraColumn,
  type WriteOptions,
} from "./batch-writer.js";

const PARQUET_TYPES = {
  text: "STRING",
  integer: "INT32",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  json: "STRING",
} as const satisfies Record<ExtraColumn["type"], string>;

/** Parquet with snappy pages; each batch of rows is a row group, so memory is one batch. */
export function parquetWriter(options: WriteOptions): BatchWriter {
  const bytes = new ByteWriter();
  const columns = columnsWritten(options).map(({ name, type }) => ({
    name,
    type: PARQUET_TYPES[type],
    nullable: true,
  }));
  const cellsOf = cellReader(options);
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
      const cells = rows.map(cellsOf);
      const columnData = columns.map((column, i) => ({
        ...column,
        data: cells.map((row) => row[i]),
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
