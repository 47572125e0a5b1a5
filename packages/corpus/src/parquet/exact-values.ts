import type { FileMetaData, ParquetParsers, SchemaElement } from "hyparquet";
import { textOrBytes } from "../formats/text-or-bytes.js";
import { isBinary, isDecimal, isFlat, topLevelColumns } from "./parquet-element.js";

/** Replaces the values of a row by those that lose nothing. */
export type Restore = (row: Record<string, unknown>) => void;

/**
 * The library reads a DECIMAL as a double, which rounds an id of 17 digits and turns 0.7 into
 * 0.7000000000000001, knows no local times, and refuses INTERVAL and BSON. Returns the metadata with
 * such top-level columns as plain integers or bytes, and what makes their values of these: of a
 * decimal a text with all its digits, or an integer for scale 0.
 */
export function exactValues(metadata: FileMetaData): { metadata: FileMetaData; restore: Restore } {
  const schema = [...metadata.schema];
  const isHidden = schema.some(({ name }) => name === PROTO);
  const restorers: [column: string, restored: (value: unknown) => unknown][] = [];
  for (const { at, element } of topLevelColumns(metadata)) {
    if (!isFlat(element)) continue;
    const restored = restorerOf(element);
    if (restored) restorers.push([element.name, restored]);
    if (isDecimal(element) || isBinary(element)) schema[at] = unannotated(element);
  }
  return {
    metadata: isHidden ? withAlias({ ...metadata, schema }) : { ...metadata, schema },
    restore: (row) => {
      if (isHidden) unhide(row);
      for (const [column, restored] of restorers) {
        if (Object.hasOwn(row, column)) row[column] = restored(row[column]);
      }
    },
  };
}

/** The library assigns values to keys of plain objects, where this one is no key. */
const PROTO = "__proto__";
const ALIAS = "__proto__ of the file";

/** The name under which the library reads a column. */
export const readName = (name: string): string => (name === PROTO ? ALIAS : name);

function withAlias(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => ({ ...element, name: readName(element.name) }));
  const row_groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map((column) => {
      const { meta_data } = column;
      if (!meta_data) return column;
      const path_in_schema = meta_data.path_in_schema.map(readName);
      return { ...column, meta_data: { ...meta_data, path_in_schema } };
    }),
  }));
  return { ...metadata, schema, row_groups };
}

function unhide(row: Record<string, unknown>): void {
  if (!Object.hasOwn(row, ALIAS)) return;
  const value = row[ALIAS];
  delete row[ALIAS];
  Object.defineProperty(row, PROTO, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function unannotated({ converted_type: _, logical_type: _type, ...plain }: SchemaElement) {
  return plain;
}

function restorerOf(element: SchemaElement): ((value: unknown) => unknown) | null {
  if (isDecimal(element)) return (value) => withPoint(value, element.scale ?? 0);
  if (isBinary(element)) return textOrBytes;
  const { logical_type } = element;
  if (logical_type?.type === "TIMESTAMP" && logical_type.isAdjustedToUTC === false) {
    return (value) => (typeof value === "string" ? value.replace(/Z$/, "") : value);
  }
  return element.type === "INT96"
    ? (value) => (typeof value === "string" ? value.replace(/Z$/, "") : value)
    : null;
}

/** What the library calls to make values of integers and bytes. */
export const EXACT_PARSERS: Partial<ParquetParsers> = {
  /** The library's own decoder drops a byte order mark at the start, and replaces broken characters. */
  stringFromBytes: textOrBytes,
  jsonFromBytes: textOrBytes,
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
  timestampFromMilliseconds: (time) => timeText(time, 1_000n),
  timestampFromMicroseconds: (time) => timeText(time, 1_000_000n),
  timestampFromNanoseconds: (time) => timeText(time, 1_000_000_000n),
  /** A day has no time of day and no time zone. */
  dateFromDays: (days) => {
    const date = new Date(days * 86_400_000);
    return Number.isFinite(date.getTime()) ? date.toISOString().replace(/T.*/, "") : days;
  },
};

/** ISO 8601 with as many digits as the time has, three at least; outside of its years the integer. */
function timeText(time: bigint | null | undefined, perSecond: bigint): unknown {
  if (time === null || time === undefined) return time;
  const fraction = ((time % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((time - fraction) / perSecond) * 1000);
  if (!Number.isFinite(date.getTime())) return time;
  const digits = String(fraction)
    .padStart(String(perSecond).length - 1, "0")
    .replace(/(?<=^\d{3,})0+$/, "");
  return date.toISOString().replace(/000Z$/, `${digits.padEnd(3, "0")}Z`);
}

function withPoint(value: unknown, scale: number): unknown {
  const unscaled =
    value instanceof Uint8Array
      ? signed(value)
      : typeof value === "number" || typeof value === "bigint"
        ? BigInt(value)
        : null;
  if (unscaled === null) return value;
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A big-endian two's complement integer. */
function signed(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}
