import type { ParquetElement } from "../rows/file-column.js";
import type { CellType, WrittenColumn } from "../writers/batch-writer.js";

/** A column of a dataset folder. */
export interface HubColumn extends WrittenColumn {
  /** The cells are indexes of classes, or lists of them. */
  readonly isClass?: true;
}

interface ClassLabel {
  readonly class_label: { readonly names: Readonly<Record<string, string>> };
}

/** A feature in the words of `dataset_info`. */
export type Feature =
  | { readonly name: string; readonly dtype: string | ClassLabel }
  | { readonly name: string; readonly list: string | { readonly dtype: ClassLabel } };

const DTYPES = {
  text: "string",
  integer: "int32",
  long: "int64",
  number: "float64",
  boolean: "bool",
  json: "string",
  members: "string",
} as const satisfies Record<Exclude<CellType, "longs" | "numbers">, string>;

/** The names of the classes by their indexes, as `dataset_info` has them; one object for all columns. */
export const classLabel = (classes: readonly string[]): ClassLabel => ({
  class_label: { names: Object.fromEntries(classes.map((name, i) => [String(i), name])) },
});

export function featureOf(column: HubColumn, label: ClassLabel): Feature {
  const { name, type, parquet, isClass } = column;
  if (type === "longs") return { name, list: isClass ? { dtype: label } : "int64" };
  if (type === "numbers") return { name, list: "float64" };
  if (isClass) return { name, dtype: label };
  return { name, dtype: (parquet && dtypeOf(parquet)) ?? DTYPES[type] };
}

const INTEGERS: Readonly<Record<string, string>> = {
  INT_8: "int8",
  INT_16: "int16",
  INT_32: "int32",
  INT_64: "int64",
  UINT_8: "uint8",
  UINT_16: "uint16",
  UINT_32: "uint32",
  UINT_64: "uint64",
};

const PLAIN: Readonly<Record<string, string>> = {
  BOOLEAN: "bool",
  INT32: "int32",
  INT64: "int64",
  FLOAT: "float32",
  DOUBLE: "float64",
  BYTE_ARRAY: "binary",
};

/**
 * The dtype of `datasets` in which Arrow reads a parquet column; null where it has none, or the
 * column is better written by the type of its values.
 */
export function dtypeOf(element: ParquetElement): string | null {
  const { type = "", converted_type, logical_type, precision, scale = 0 } = element;
  const kind = converted_type ?? logical_type?.type;
  if (kind === undefined) return PLAIN[type] ?? null;
  if (kind in INTEGERS) return INTEGERS[kind]!;
  switch (kind) {
    case "UTF8":
    case "STRING":
      return "string";
    case "DATE":
      return "date32";
    case "DECIMAL":
      return precision === undefined || precision > 38
        ? null
        : `decimal128(${precision}, ${scale})`;
    case "INTEGER": {
      const { bitWidth, isSigned } = Object(logical_type);
      return INTEGERS[`${isSigned ? "" : "U"}INT_${bitWidth}`] ?? null;
    }
    default:
      return kind.startsWith("TIMESTAMP") ? timestampOf(element) : null;
  }
}

const UNITS: Readonly<Record<string, string>> = { MILLIS: "ms", MICROS: "us", NANOS: "ns" };

function timestampOf({ converted_type, logical_type }: ParquetElement): string | null {
  const { unit, isAdjustedToUTC } = Object(logical_type);
  const short = UNITS[unit ?? converted_type?.replace("TIMESTAMP_", "") ?? ""];
  // The older annotation means UTC.
  const isUtc = isAdjustedToUTC ?? true;
  return short === undefined ? null : `timestamp[${short}${isUtc ? ", tz=UTC" : ""}]`;
}
