import { CorpusError } from "../errors.js";
import type { BatchWriter, CorpusRow } from "./batch-writer.js";

type ToutiaoFormat = "toutiao" | "toutiao-multilevel";

const SEPARATORS = { toutiao: "_!_", "toutiao-multilevel": "|,|" } as const;

/** Five-field Toutiao lines. They have no escapes, so some rows cannot be written as they are. */
export function toutiaoWriter(format: ToutiaoFormat, unwritable: "throw" | "clean"): BatchWriter {
  let written = 0;
  const line = (row: CorpusRow): string => {
    written += 1;
    if (isWritable(row, format)) return `${lineOf(row, format)}\n`;
    if (unwritable === "clean") return `${lineOf(cleaned(row, format), format)}\n`;
    throw new CorpusError(
      "unwritable-row",
      `Row ${written} does not fit into a "${format}" file: one of its fields contains a line break or the separator ${JSON.stringify(SEPARATORS[format])}, or its label is not a single category. Write jsonl or csv instead.`,
      { line: written },
    );
  };
  return { begin: () => "", write: (rows) => rows.map(line).join(""), end: () => "" };
}

/** Whether reading the row's Toutiao line gives the row back. */
export function isWritable(row: CorpusRow, format: ToutiaoFormat): boolean {
  const fields = fieldsOf(row, format);
  const line = lineOf(row, format);
  return (
    !/[\n\0]|^\uFEFF/.test(line) &&
    sameFields(line.split(SEPARATORS[format]), fields) &&
    row.id !== "" &&
    isLabel(row.label, format)
  );
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

function isLabel(label: string, format: ToutiaoFormat): boolean {
  if (label === "" || label.trim() !== label) return false;
  if (format === "toutiao") return true;
  return (
    !label.includes(",") && label.split("/").every((part) => part !== "" && part.trim() === part)
  );
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
