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

const LISTS = { longs: "INT64", numbers: "DOUBLE" } as const;

const PARQUET_TYPES = {
  text: "STRING",
  integer: "INT32",
  long: "INT64",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  json: "STRING",
  members: "STRING",
} as const satisfies Record<Exclude<CellType, keyof typeof LISTS>, string>;

/** A list, as Arrow writes one. */
const listOf = (name: string, type: keyof typeof LISTS): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: LISTS[type], repetition_type: "OPTIONAL" },
];

const isList = (type: CellType): type is keyof typeof LISTS => type in LISTS;

function overridesOf(columns: readonly WrittenColumn[]): Record<string, SchemaElement> {
  // Without a prototype: the library looks every name up.
  const overrides: Record<string, SchemaElement> = Object.create(null);
  for (const { name, type, parquet } of columns) {
    if (parquet) overrides[name] = elementOf(name, parquet);
    // A place for the list, which the library's overrides cannot describe.
    else if (isList(type)) overrides[name] = elementOf(name, { type: "INT64" });
  }
  return overrides;
}

/**
 * The element is one that a parquet file had, or one of ours. Integers of a width are told by their
 * older annotation alone: the library writes the newer one in a form that Arrow refuses.
 */
function elementOf(name: string, { logical_type, ...parquet }: ParquetElement): SchemaElement {
  const integer = logical_type?.type === "INTEGER" ? annotationOf(logical_type) : undefined;
  const annotation = integer ? { converted_type: integer } : { logical_type };
  return { ...parquet, ...annotation, name, repetition_type: "OPTIONAL" } as SchemaElement;
}

const annotationOf = ({ bitWidth, isSigned }: Record<string, unknown>): string =>
  `${isSigned === false ? "UINT" : "INT"}_${bitWidth}`;

function schemaOf(
  wanted: readonly WrittenColumn[],
  columns: readonly { name: string }[],
): SchemaElement[] {
  const overrides = overridesOf(wanted);
  const [root, ...elements] = schemaFromColumnData({
    columnData: columns.map((column) => ({ ...column, data: [] })),
    schemaOverrides: overrides,
  });
  return [
    root!,
    ...elements.flatMap((one, i) => {
      const type = wanted[i]!.type;
      return isList(type) ? listOf(one.name, type) : [one];
    }),
  ];
}

/** Parquet with snappy pages; each batch of rows is a row group, so memory is one batch. */
export function parquetWriter(options: TableOptions): BatchWriter<CellRow> {
  const bytes = new ByteWriter();
  const columns = options.columns.map(({ name, type, parquet }) =>
    parquet || isList(type) ? { name } : { name, type: PARQUET_TYPES[type], nullable: true },
  );
  const schema = schemaOf(options.columns, columns);
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
