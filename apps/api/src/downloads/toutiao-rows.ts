import type { FileLayout } from "@winnow/contracts";
import type { ToutiaoRow } from "@winnow/corpus";
import type { ExportRecord } from "./export-splits.js";

/**
 * Makes rows of a Toutiao file of records. If the dataset was read from a file of the same format,
 * they have the fields that they had there; other columns have no place in it.
 */
export function toutiaoRowOf(
  format: string,
  { format: file, columns }: FileLayout,
): (record: ExportRecord) => ToutiaoRow {
  if (file.type !== format) return ({ id, text, label }) => ({ id, text, label });
  const positions = new Map(columns.map(({ name, role }, i) => [role ?? name, i]));
  return ({ id, text, label, cells, newLabel }) => {
    const at = (field: string) => cells?.[positions.get(field) ?? -1] ?? null;
    const fields = {
      id,
      text: at("text") ?? text,
      label,
      keywords: at("keywords"),
      tags: at("tags"),
    };
    if (newLabel !== undefined) return fields;
    const labelField = at("label") ?? undefined;
    return positions.has("code")
      ? { ...fields, labelField, code: at("code") }
      : { ...fields, labelField };
  };
}

/** How many of the file's columns an export in a format leaves out. */
export function columnsLeftOut(format: string, { format: file, columns }: FileLayout): number {
  if (!format.startsWith("toutiao") || file.type === format) return 0;
  return columns.filter(({ role }) => role === null).length;
}
