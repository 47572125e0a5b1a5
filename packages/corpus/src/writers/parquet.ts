import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { ParquetElement } from "../rows/file-column.js";
import type {
  BatchWriter,
  CellRow,
  CellType,
  TableOptions,
  WrittenColumn,
} from "./batch-writer.js";

const PARQUET_TYPES = {
  text: "STRING",
  integer: "INT32",
  long: "INT64",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  json: "STRING",
  members: "STRING",
} as const satisfies Record<CellType, string>;

function overridesOf(columns: readonly WrittenColumn[]): Record<string, SchemaElement> {
  // Without a prototype: the library looks every name up.
  const overrides: Record<string, SchemaElement> = Object.create(null);
  for (const { name, parquet } of columns) {
    if (parquet) overrides[name] = elementOf(name, parquet);
  }
  return overrides;
}

/** The element is one that a parquet file had, or one of ours. */
const elementOf = (name: string, parquet: ParquetElement): SchemaElement =>
  ({ ...parquet, name, repetition_type: "OPTIONAL" }) as SchemaElement;

/** Parquet with snappy pages; each batch of rows is a row group, so memory is one batch. */
export function parquetWriter(options: TableOptions): BatchWriter<CellRow> {
  const bytes = new ByteWriter();
  const columns = options.columns.map(({ name, type, parquet }) =>
    parquet ? { name } : { name, type: PARQUET_TYPES[type], nullable: true },
  );
  const schema = schemaFromColumnData({
    columnData: columns.map((column) => ({ ...column, data: [] })),
    schemaOverrides: overridesOf(options.columns),
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
