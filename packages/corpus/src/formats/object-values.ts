import type { LabelValue, RawVote } from "../rows/raw-row.js";
import { WrittenNumber } from "../rows/written-number.js";
import { textOrBytes } from "./text-or-bytes.js";

/** A value of a row that its column cannot hold. */
interface Fault {
  reason: "missing-field" | "nul-character" | "bad-utf8" | "wrong-type";
  detail: string;
}

/** Absent and null values are no votes. */
export function votesOf(labels: readonly ReturnType<typeof labelOf>[]): RawVote[] {
  const votes: RawVote[] = [];
  for (const [annotator, label] of labels.entries()) {
    if (label !== "" && !isFault(label)) votes.push({ annotator, label });
  }
  return votes;
}

export function textOf(given: unknown, column: string): string | Fault {
  const value = textOrBytes(given);
  if (value instanceof Uint8Array) return notText(column);
  if (typeof value === "string") return checked(value, column);
  if (value === undefined) return missing(column);
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not text`,
  };
}

export function labelOf(
  value: unknown,
  column: string,
): LabelValue | readonly LabelValue[] | Fault {
  if (value === undefined) return missing(column);
  if (!Array.isArray(value)) return scalarOf(value, column) ?? "";
  const labels: LabelValue[] = [];
  for (const item of value) {
    const label = scalarOf(item, column);
    if (isFault(label)) return label;
    if (label !== null) labels.push(label);
  }
  return labels;
}

export function idOf(value: unknown, column: string): string | null | Fault {
  const id = scalarOf(value, column);
  return id === null || isFault(id) ? id : String(id);
}

/** A text, number or boolean as it is typed; null if there is no value, as in a NaN. */
function scalarOf(given: unknown, column: string): LabelValue | null | Fault {
  const value = textOrBytes(given);
  if (value instanceof Uint8Array) return notText(column);
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === "string") return checked(value, column);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof WrittenNumber) return value;
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.toISOString();
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not a text or number`,
  };
}

/** JSON escapes can produce strings that UTF-8 cannot encode. */
function checked(text: string, column: string): string | Fault {
  if (text.includes("\0")) {
    return { reason: "nul-character", detail: `NUL in ${JSON.stringify(column)}` };
  }
  if (!text.isWellFormed()) {
    return { reason: "bad-utf8", detail: `half a surrogate pair in ${JSON.stringify(column)}` };
  }
  return text;
}

function notText(column: string): Fault {
  return { reason: "bad-utf8", detail: `the bytes of ${JSON.stringify(column)} are no UTF-8` };
}

function missing(column: string): Fault {
  return { reason: "missing-field", detail: `no value at ${JSON.stringify(column)}` };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof WrittenNumber) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function isFault(part: LabelValue | null | readonly LabelValue[] | Fault): part is Fault {
  return typeof part === "object" && part !== null && "reason" in part;
}
