import { toutiaoCodeOf } from "../rows/toutiao-classes.js";
import type { LineRow, LineSyntax } from "./write-lines.js";

export type ToutiaoFormat = "toutiao" | "toutiao-multilevel";

const SEPARATORS = { toutiao: "_!_", "toutiao-multilevel": "|,|" } as const;

/** Five-field Toutiao lines. */
export function toutiaoLines(format: ToutiaoFormat): LineSyntax {
  return {
    whyNot: (row) => unwritableBecause(row, format),
    lineOf: (row) => lineOf(row, format),
    cleaned: (row) => cleaned(row, format),
  };
}

/** Why reading the row's line would not give the row back; null if it would. */
function unwritableBecause(row: LineRow, format: ToutiaoFormat): string | null {
  const parts = [
    ["id", row.id ?? ""],
    ["text", row.text],
    ["label", row.labelField ?? row.label],
    ["keywords", row.keywords ?? ""],
    ["tags", row.tags ?? ""],
    ["code", row.code ?? ""],
  ] as const;
  const separator = SEPARATORS[format];
  for (const [name, field] of parts) {
    if (/[\r\n\0]/.test(field)) return `its ${name} contains a line break`;
    if (field.includes(separator)) return `its ${name} contains the separator "${separator}"`;
  }
  const line = lineOf(row, format);
  if (line.startsWith("\uFEFF")) return "its line begins with a byte order mark";
  if (!sameFields(line.split(separator), fieldsOf(row, format))) {
    return `one of its fields begins or ends with a part of the separator "${separator}"`;
  }
  if (row.id === "") return "its id is empty";
  return row.labelField === undefined ? labelFault(row.label, format) : null;
}

function fieldsOf(row: LineRow, format: ToutiaoFormat): string[] {
  const { text, labelField = row.label, tags, code = toutiaoCodeOf(row.label) } = row;
  const id = row.id ?? "";
  const keywords = row.keywords ?? "";
  if (format === "toutiao") return [id, code ?? "", labelField, text, keywords];
  return [id, labelField, text, keywords, tags ?? ""];
}

function lineOf(row: LineRow, format: ToutiaoFormat): string {
  return fieldsOf(row, format).join(SEPARATORS[format]);
}

function sameFields(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((field, i) => field === b[i]);
}

function labelFault(label: string, format: ToutiaoFormat): string | null {
  if (label === "") return "its label is empty";
  if (label.trim() !== label) return "its label begins or ends with a blank";
  if (format === "toutiao") return null;
  if (label.includes(",")) return "its label contains a comma, which separates labels";
  const isPath = label.split("/").every((part) => part !== "" && part.trim() === part);
  return isPath ? null : 'its label is no path of names joined by "/"';
}

/**
 * The row with blanks instead of line breaks, broken-up separators, and a single category as label.
 */
function cleaned(row: LineRow, format: ToutiaoFormat): LineRow {
  const separator = SEPARATORS[format];
  const torn = [...separator].join(" ");
  const plain = (field: string) =>
    ` ${field.replace(/[\r\n\0\uFEFF]+/g, " ")} `.replaceAll(separator, torn).trim();
  const label =
    format === "toutiao"
      ? plain(row.label)
      : plain(row.label)
          .replaceAll(",", ";")
          .split("/")
          .map((part) => part.trim())
          .filter((part) => part !== "")
          .join("/");
  const whole = (field: string) => inner(field === "" ? "_" : field, separator);
  const optional = (field: string | null | undefined) => field && inner(plain(field), separator);
  return {
    id: row.id === null ? null : whole(plain(row.id)),
    text: whole(plain(row.text)),
    label: whole(label),
    keywords: optional(row.keywords),
    tags: optional(row.tags),
    code: optional(row.code),
  };
}

/** A field whose end cannot merge with the separator after it. */
function inner(field: string, separator: string): string {
  const touches = [...separator].some((mark) => field.endsWith(mark) || field.startsWith(mark));
  return touches ? ` ${field} ` : field;
}
