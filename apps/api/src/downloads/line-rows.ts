import type { FileLayout } from "@winnow/contracts";
import { isLineFormat, type LineRow, type WritableFormat } from "@winnow/corpus";
import type { ExportRecord } from "./export-splits.js";

/**
 * Makes rows of a format of lines of records. If the dataset was read from a file of the same format,
 * they have the parts that they had there; other columns have no place in it.
 */
export function lineRowOf(
  format: WritableFormat,
  { format: file, columns }: FileLayout,
): (record: ExportRecord) => LineRow {
  if (file.type !== format) return ({ id, text, label }) => ({ id, text, label });
  const positions = new Map(columns.map(({ name, role }, i) => [role ?? name, i]));
  return ({ id, text, label, cells, newLabel }) => {
    const at = (part: string) => cells?.[positions.get(part) ?? -1] ?? null;
    const parts = {
      id,
      text: at("text") ?? text,
      label,
      keywords: at("keywords"),
      tags: at("tags"),
    };
    if (newLabel !== undefined) return parts;
    const given = at("label");
    if (format === "fasttext")
      return { ...parts, labels: given === null ? [label] : listOf(given) };
    const labelField = given ?? undefined;
    return positions.has("code")
      ? { ...parts, labelField, code: at("code") }
      : { ...parts, labelField };
  };
}

function listOf(json: string): string[] {
  const labels: unknown = JSON.parse(json);
  return Array.isArray(labels) ? labels.map(String) : [];
}

/** How many of the file's columns an export in a format leaves out. */
export function columnsLeftOut(
  format: WritableFormat,
  { format: file, columns }: FileLayout,
): number {
  if (!isLineFormat(format) || file.type === format) return 0;
  const held = format === "fasttext" ? ["text", "label"] : ["text", "label", "id"];
  return columns.filter(({ role }) => role === null || !held.includes(role)).length;
}
