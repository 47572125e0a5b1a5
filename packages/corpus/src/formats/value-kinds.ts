import type { ColumnType } from "../rows/file-column.js";

/** What the values of a column have been so far, as bits that are joined. */
export const VALUE_KINDS = {
  null: 0,
  text: 1,
  integer: 2,
  /** An integer that a double would round. */
  long: 4,
  number: 8,
  boolean: 16,
  json: 32,
} as const;
export type ValueKind = keyof typeof VALUE_KINDS;

const TYPES: Readonly<Record<number, ColumnType>> = {
  [VALUE_KINDS.text]: "text",
  [VALUE_KINDS.integer]: "integer",
  [VALUE_KINDS.long]: "integer",
  [VALUE_KINDS.integer | VALUE_KINDS.long]: "integer",
  [VALUE_KINDS.number]: "number",
  [VALUE_KINDS.integer | VALUE_KINDS.number]: "number",
  [VALUE_KINDS.boolean]: "boolean",
};

/** The type that holds every value of these kinds; text for a column of nulls. */
export function typeOf(kinds: number): ColumnType {
  return kinds === 0 ? "text" : (TYPES[kinds] ?? "json");
}

/** The kind of a JSON value; a number that 64 bits would round is json. */
export function kindOf(json: string): ValueKind {
  switch (json.charCodeAt(0)) {
    case 0x22:
      return "text";
    case 0x5b:
    case 0x7b:
      return "json";
    case 0x74:
    case 0x66:
      return "boolean";
    case 0x6e:
      return "null";
    default:
      return kindOfNumber(json);
  }
}

/** So many digits are exact as an integer, and tell every double apart. */
const EXACT_DIGITS = 15;
const DOUBLE_DIGITS = 17;

function kindOfNumber(json: string): ValueKind {
  if (/^-?\d+$/.test(json) && json !== "-0") {
    if (json.length <= EXACT_DIGITS) return "integer";
    return BigInt(json) === BigInt.asIntN(64, BigInt(json)) ? "long" : "json";
  }
  const digits = json
    .replace(/[eE].*/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+/, "").length;
  return digits <= DOUBLE_DIGITS && Number.isFinite(Number(json)) ? "number" : "json";
}
