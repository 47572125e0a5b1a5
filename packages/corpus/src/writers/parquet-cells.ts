import { Buffer } from "node:buffer";
import type { ParquetElement } from "../rows/file-column.js";
import type { Cell } from "./batch-writer.js";

/**
 * A JSON value, as it was read from a column of parquet, as the writer of such a column takes it.
 * Throws where the value is not one of the column.
 */
export function parquetCell(json: string, element: ParquetElement): Cell {
  if (json === "null") return null;
  if (element.type === "FLOAT" || element.type === "DOUBLE")
    return Number(json.replaceAll('"', ""));
  const value: unknown = /^-?\d+$/.test(json) ? BigInt(json) : JSON.parse(json);
  const { type, converted_type, logical_type, scale = 0 } = element;
  const kind = converted_type ?? logical_type?.type ?? "";
  if (kind === "DECIMAL") return unscaled(String(value), scale);
  if (kind.startsWith("TIMESTAMP") && typeof value === "string") return ticks(value, element);
  switch (type) {
    case "BOOLEAN":
      return value === true;
    case "INT32":
      return kind === "DATE" && typeof value === "string" ? days(value) : Number(value);
    case "INT64":
      return BigInt(String(value));
    default:
      return bytesOf(value, logical_type?.type);
  }
}

function bytesOf(value: unknown, kind: string | undefined): Cell {
  if (kind === "FLOAT16") return Number(value);
  if (typeof value === "string") return kind === "UUID" ? value : Buffer.from(value, "utf8");
  const { bytes } = Object(value) as { bytes?: unknown };
  return Buffer.from(String(bytes), "base64");
}

function unscaled(digits: string, scale: number): bigint {
  if (scale <= 0) return BigInt(digits) / 10n ** BigInt(-scale);
  const [whole = "", fraction = ""] = digits.split(".");
  return BigInt(whole + fraction.padEnd(scale, "0"));
}

const DAY_MS = 86_400_000;
const days = (date: string): number => Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);

/** An ISO 8601 time as the integer of its column. */
function ticks(time: string, { converted_type, logical_type }: ParquetElement): bigint {
  const unit = logical_type?.unit ?? converted_type?.replace("TIMESTAMP_", "");
  const digits = unit === "NANOS" ? 9 : unit === "MICROS" ? 6 : 3;
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?Z?$/.exec(time) ?? [];
  const seconds = BigInt(Date.parse(`${whole}Z`) / 1000);
  return seconds * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, "0"));
}
