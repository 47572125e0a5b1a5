import { Buffer, isUtf8 } from "node:buffer";

/**
 * A value of a typed file as JSON, without loss: integers of any size keep their digits, bytes are
 * texts where they are UTF-8, else base64 in an object, times are ISO 8601 texts, and "NaN", "Infinity" and "-Infinity", which JSON has no
 * numbers for, are texts. undefined counts as null.
 */
export function jsonOfValue(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "number":
      if (Object.is(value, -0)) return "-0";
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case "object":
      return jsonOfObject(value);
    default:
      return JSON.stringify(value) ?? "null";
  }
}

function jsonOfObject(value: object | null): string {
  if (value === null) return "null";
  if (value instanceof Date) return JSON.stringify(timeText(value));
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (isUtf8(bytes)) return JSON.stringify(bytes.toString("utf8"));
    return `{"bytes":"${bytes.toString("base64")}"}`;
  }
  if (Array.isArray(value)) return `[${value.map(jsonOfValue).join(",")}]`;
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${jsonOfValue(member)}`,
  );
  return `{${members.join(",")}}`;
}

const timeText = (time: Date) =>
  Number.isFinite(time.getTime()) ? time.toISOString() : String(time.getTime());
