import type { FileColumn } from "../rows/file-column.js";
import type { WritableFormat } from "./batch-writer.js";
import type { FileRow } from "./file-cells.js";
import type { LineRow } from "./write-lines.js";

/** The file that rows were read from. */
export interface RowsFile {
  readonly format: { readonly type: string };
  readonly columns: readonly Pick<FileColumn, "name" | "role">[];
}

/**
 * Makes rows of a format of lines of a file's rows. If the file has the same format, they have the
 * parts that they had there; other columns have no place in it.
 */
export function fileLineRow(
  format: WritableFormat,
  { format: file, columns }: RowsFile,
): (row: Pick<FileRow, "id" | "text" | "label" | "cells" | "newLabel">) => LineRow {
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
