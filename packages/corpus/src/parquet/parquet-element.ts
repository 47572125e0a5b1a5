import type { FileMetaData, SchemaElement } from "hyparquet";
import type { ColumnType, ParquetElement } from "../rows/file-column.js";

/** A top-level column of a file: where its tree stands in the schema, which lists it depth first. */
export interface TopLevelColumn {
  readonly at: number;
  readonly element: SchemaElement;
}

export function topLevelColumns({ schema }: Pick<FileMetaData, "schema">): TopLevelColumn[] {
  const columns: TopLevelColumn[] = [];
  for (let at = 1; at < schema.length; at = afterTree(schema, at)) {
    columns.push({ at, element: schema[at]! });
  }
  return columns;
}

/** Where the tree that starts at `at` ends. */
export function afterTree(schema: readonly SchemaElement[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0) && end < schema.length; child += 1) {
    end = afterTree(schema, end);
  }
  return end;
}

/** Whether each row has at most one value, not a list or a group. */
export const isFlat = ({ num_children, repetition_type }: SchemaElement): boolean =>
  !num_children && repetition_type !== "REPEATED";

const TEXTS: ReadonlySet<string | undefined> = new Set(["UTF8", "ENUM", "JSON", "STRING"]);

/** Whether the bytes of a column are declared to be text. */
export const isText = ({ type, converted_type, logical_type }: SchemaElement): boolean =>
  type === "BYTE_ARRAY" && (TEXTS.has(converted_type) || TEXTS.has(logical_type?.type));

/** Whether a column of bytes says nothing that the library's reader and writer act upon. */
export const isBinary = (element: SchemaElement): boolean =>
  /BYTE_ARRAY$/.test(element.type ?? "") &&
  !isText(element) &&
  !isDecimal(element) &&
  !hasOwnForm(element);

export const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";

const hasOwnForm = ({ logical_type }: SchemaElement): boolean =>
  logical_type?.type === "UUID" || logical_type?.type === "FLOAT16";

/** How a flat column is written again, and what its values are; a nested one is json. */
export function describedColumn(element: SchemaElement): {
  type: ColumnType;
  parquet?: ParquetElement;
} {
  if (!isFlat(element)) return { type: "json" };
  const { type, type_length, converted_type, logical_type, precision, scale } = element;
  // 96 bits are an old form of a time in nanoseconds.
  if (type === "INT96") {
    const nanos = { type: "TIMESTAMP", unit: "NANOS", isAdjustedToUTC: false };
    return { type: "text", parquet: { type: "INT64", logical_type: nanos } };
  }
  if (isText(element))
    return { type: "text", parquet: { type: "BYTE_ARRAY", converted_type: "UTF8" } };
  if (isBinary(element)) return { type: "json", parquet: { type, type_length } };
  return {
    type: typeOf(element),
    parquet: { type, type_length, converted_type, logical_type, precision, scale },
  };
}

function typeOf(element: SchemaElement): ColumnType {
  const { type, converted_type, logical_type, scale } = element;
  if (isDecimal(element)) return scale ? "text" : "integer";
  if (/^(DATE|TIMESTAMP)/.test(converted_type ?? logical_type?.type ?? "")) return "text";
  if (type === "BOOLEAN") return "boolean";
  if (type === "INT32" || type === "INT64") return "integer";
  if (type === "FLOAT" || type === "DOUBLE" || logical_type?.type === "FLOAT16") return "number";
  return "text";
}
