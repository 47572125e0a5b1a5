import type { FileMetaData, SchemaElement } from "hyparquet";

/** Replaces the DECIMAL cells of a row by their digits. */
export type ExactDecimals = (row: Record<string, unknown>) => void;

/**
 * The library reads a DECIMAL as a double, which rounds an id of 17 digits and turns 0.7 into
 * 0.7000000000000001. Returns the metadata with the top-level decimals as plain integers, and what
 * puts their point back: an integer for scale 0, else a text with all its digits.
 */
export function exactDecimals(metadata: FileMetaData): {
  metadata: FileMetaData;
  restore: ExactDecimals | null;
} {
  const scales = new Map<string, number>();
  let next = 1;
  const schema = metadata.schema.map((element, at) => {
    const isTopLevel = at === next;
    if (isTopLevel) next = afterTree(metadata.schema, at);
    // The library decodes other bytes as text, so decimals in them stay doubles.
    if (!isTopLevel || !isDecimal(element) || element.type === "BYTE_ARRAY") return element;
    scales.set(element.name, element.scale ?? 0);
    const { converted_type: _converted, logical_type: _logical, ...plain } = element;
    return plain;
  });
  if (scales.size === 0) return { metadata, restore: null };
  const restore: ExactDecimals = (row) => {
    for (const [column, scale] of scales) row[column] = withPoint(row[column], scale);
  };
  return { metadata: { ...metadata, schema }, restore };
}

function isDecimal({ converted_type, logical_type, repetition_type }: SchemaElement): boolean {
  if (repetition_type === "REPEATED") return false;
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

/** Where the tree that starts at `at` ends; the schema lists it depth first. */
function afterTree(schema: readonly SchemaElement[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0) && end < schema.length; child += 1) {
    end = afterTree(schema, end);
  }
  return end;
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
