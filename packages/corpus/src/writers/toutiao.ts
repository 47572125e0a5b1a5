import { CorpusError } from "../errors.js";
import { toutiaoCodeOf } from "../formats/toutiao.js";
import type { BatchWriter } from "./batch-writer.js";

export type ToutiaoFormat = "toutiao" | "toutiao-multilevel";

const SEPARATORS = { toutiao: "_!_", "toutiao-multilevel": "|,|" } as const;

/** A row of a Toutiao file. The multi-level format has tags, the other one codes. */
export interface ToutiaoRow {
  id: string | null;
  text: string;
  label: string;
  keywords?: string | null | undefined;
  tags?: string | null | undefined;
  /** The label's field as it stands in a file of this format, where it is more than the label. */
  labelField?: string | undefined;
  /** Of the class; by default that of the label, if it is one of the format's own 15. */
  code?: string | null | undefined;
}

/** Five-field Toutiao lines. They have no escapes, so some rows cannot be written as they are. */
export function toutiaoWriter(
  format: ToutiaoFormat,
  unwritable: "throw" | "clean",
): BatchWriter<ToutiaoRow> {
  let written = 0;
  const line = (row: ToutiaoRow): string => {
    written += 1;
    const why = unwritableBecause(row, format);
    if (why === null) return `${lineOf(row, format)}\n`;
    if (unwritable === "clean") return `${lineOf(cleaned(row, format), format)}\n`;
    throw new CorpusError(
      "unwritable-row",
      `Row ${written} does not fit into a "${format}" file: ${why}. Write jsonl or csv instead.`,
      { line: written },
    );
  };
  return { begin: () => "", write: (rows) => rows.map(line).join(""), end: () => "" };
}

/** Why reading the row's Toutiao line would not give the row back; null if it would. */
export function unwritableBecause(row: ToutiaoRow, format: ToutiaoFormat): string | null {
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

function fieldsOf(row: ToutiaoRow, format: ToutiaoFormat): string[] {
  const { text, labelField = row.label, tags, code = toutiaoCodeOf(row.label) } = row;
  const id = row.id ?? "";
  const keywords = row.keywords ?? "";
  if (format === "toutiao") return [id, code ?? "", labelField, text, keywords];
  return [id, labelField, text, keywords, tags ?? ""];
}

function lineOf(row: ToutiaoRow, format: ToutiaoFormat): string {
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
function cleaned(row: ToutiaoRow, format: ToutiaoFormat): ToutiaoRow {
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
