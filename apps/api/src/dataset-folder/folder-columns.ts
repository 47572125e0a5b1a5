import type { FileLayout } from "@winnow/contracts";
import { type Cell, dtypeOf, type HubColumn } from "@winnow/corpus";
import { columnOf, fileColumn, renamed } from "../downloads/export-columns.js";
import type { ExportRecord } from "../downloads/export-splits.js";

/** A split that is a configuration of the folder. */
export type FolderSplit = "cleaned" | "noise" | "relabelled" | "soft";

/** A column of a configuration, and its value for a record. */
export interface FolderColumn extends HubColumn {
  readonly cellOf: (record: ExportRecord) => Cell;
}

/**
 * The columns of a configuration: the sample's, with classes as indexes, what Winnow knows about the
 * row, then the file's other columns.
 */
export function folderColumns({
  split,
  layout,
  hasTrueLabels,
  annotators,
  classes,
}: {
  readonly split: FolderSplit;
  readonly layout: FileLayout;
  readonly hasTrueLabels: boolean;
  readonly annotators: number;
  readonly classes: readonly string[];
}): FolderColumn[] {
  const indexes = new Map(classes.map((name, i) => [name, BigInt(i)]));
  const indexOf = (name: string | null | undefined): bigint | null =>
    name == null ? null : (indexes.get(name) ?? null);
  const classOf = (name: "label" | "trueLabel" | "suggested" | "given"): FolderColumn => ({
    name,
    type: "long",
    isClass: true,
    cellOf: (record) => indexOf(record[name]),
  });
  const soft: FolderColumn[] = [
    {
      name: "softLabels",
      type: "longs",
      isClass: true,
      cellOf: ({ soft: shares = [] }) => shares.map(({ label }) => indexOf(label) ?? -1n),
    },
    {
      name: "softProbabilities",
      type: "numbers",
      cellOf: ({ soft: shares = [] }) => shares.map(({ probability }) => probability),
    },
  ];
  const own: FolderColumn[] = [
    columnOf("id", "text"),
    columnOf("text", "text"),
    classOf("label"),
    ...(split === "relabelled" ? [classOf("given")] : []),
    ...(split === "soft" ? soft : []),
    columnOf("ordinal", "integer"),
    columnOf("line", "integer"),
    ...(hasTrueLabels ? [classOf("trueLabel")] : []),
    columnOf("flagged", "boolean"),
    classOf("suggested"),
    columnOf("rank", "integer"),
    columnOf("normalizedMargin", "number"),
    columnOf("review", "text"),
    ...(annotators > 0 ? [columnOf("votes", "json")] : []),
  ];
  const known = { ...layout, columns: layout.columns.map(withoutOddTypes) };
  const others = known.columns.filter(({ role }) => role === null);
  return [
    ...renamed(own, others),
    ...others.map((column) => fileColumn(column, known, "parquet", column.name)),
  ];
}

/** Columns of parquet whose type `datasets` has no name for are written by their values. */
function withoutOddTypes(column: FileLayout["columns"][number]) {
  if (!column.parquet || dtypeOf(column.parquet) !== null) return column;
  const { parquet: _, ...plain } = column;
  return plain;
}
