import { CorpusError } from "../errors.js";
import type { BatchWriter, CorpusRow } from "./batch-writer.js";

export type ToutiaoFormat = "toutiao" | "toutiao-multilevel";

const SEPARATORS = { toutiao: "_!_", "toutiao-multilevel": "|,|" } as const;

/** Five-field Toutiao lines. They have no escapes, so some rows cannot be written as they are. */
export function toutiaoWriter(format: ToutiaoFormat, unwritable: "throw" | "clean"): BatchWriter {
  let written = 0;
  const line = (row: CorpusRow): string => {
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
export function unwritableBecause(row: CorpusRow, format: ToutiaoFormat): string | null {
  const parts = [
    ["id", row.id ?? ""],
    ["text", row.text],
    ["label", row.label],
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
  return labelFault(row.label, format);
}

function fieldsOf({ id, text, label }: CorpusRow, format: ToutiaoFormat): string[] {
  return format === "toutiao" ? [id ?? "", "", label, text, ""] : [id ?? "", label, text, "", ""];
}

function lineOf(row: CorpusRow, format: ToutiaoFormat): string {
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
function cleaned(row: CorpusRow, format: ToutiaoFormat): CorpusRow {
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
  const id = row.id === null ? null : whole(plain(row.id));
  return { ...row, id, text: whole(plain(row.text)), label: whole(label) };
}

/** A field whose end cannot merge with the separator after it. */
function inner(field: string, separator: string): string {
  const touches = [...separator].some((mark) => field.endsWith(mark) || field.startsWith(mark));
  return touches ? ` ${field} ` : field;
}
