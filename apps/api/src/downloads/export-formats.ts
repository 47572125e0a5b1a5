import {
  AppError,
  EXPORT_CONTENT_TYPES,
  type EXPORT_FORMAT_CHOICES,
  type EXPORT_FORMATS,
  type FileLayout,
} from "@winnow/contracts";
import { isLineFormat, type WritableFormat } from "@winnow/corpus";
import type { ColumnsWanted } from "./export-columns.js";

type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The format of an export in every detail. */
export interface FileFormat {
  readonly type: WritableFormat;
  readonly delimiter?: string | undefined;
  readonly quote?: "double" | "none" | undefined;
  readonly escape?: "doubled" | "backslash" | undefined;
  /** Whether a table of text begins with the names of its columns. */
  readonly header: boolean;
  readonly formulaGuard: boolean;
  readonly contentType: string;
  readonly extension: string;
}

/** How a dataset looks of which no file was recorded: version 0.1.0 kept nothing else. */
export const PLAIN_LAYOUT: FileLayout = {
  format: { type: "jsonl" },
  columns: (["id", "text", "label"] as const).map((role) => {
    return { name: role, type: "text", encoding: "json", role };
  }),
};

interface Wanted {
  readonly format: (typeof EXPORT_FORMAT_CHOICES)[number];
  readonly columns: ColumnsWanted;
  readonly formulaGuard: boolean;
}

/**
 * The format to write: the wanted one, or that of the dataset's file with its delimiter, quotes and guard
 * against formulas, and without a header if it had none and no columns are added. Throws
 * `invalid-parameters` for a guard in a format that has none.
 */
export function exportFormat(
  { format, columns, formulaGuard }: Wanted,
  { format: file }: FileLayout,
): FileFormat {
  if (format !== "source") return described(format, { header: true, formulaGuard });
  return described(WRITTEN_AS[file.type], {
    delimiter: file.delimiter,
    quote: file.quote,
    escape: file.escape,
    header: columns !== "source" || file.header !== false,
    formulaGuard: formulaGuard || file.formulaGuard === true,
  });
}

/** What a file of each format is written as. */
const WRITTEN_AS: Readonly<Record<FileLayout["format"]["type"], WritableFormat>> = {
  csv: "csv",
  tsv: "tsv",
  delimited: "delimited",
  jsonl: "jsonl",
  json: "json",
  parquet: "parquet",
  fasttext: "fasttext",
  toutiao: "toutiao",
  "toutiao-multilevel": "toutiao-multilevel",
  // No workbook is written; spreadsheets open csv.
  xlsx: "csv",
};

const EXTENSIONS: Readonly<Record<WritableFormat, string>> = {
  csv: "csv",
  tsv: "tsv",
  delimited: "txt",
  jsonl: "jsonl",
  json: "json",
  parquet: "parquet",
  fasttext: "txt",
  toutiao: "txt",
  "toutiao-multilevel": "txt",
};

function described(
  type: WritableFormat,
  details: Omit<FileFormat, "type" | "contentType" | "extension">,
): FileFormat {
  const isText = type === "csv" || type === "tsv" || type === "delimited";
  if (details.formulaGuard && !isText) {
    throw new AppError("invalid-parameters", `${type} needs no guard against formulas.`, {
      errors: [{ pointer: "/query/formulaGuard", detail: "Only for csv and tsv" }],
    });
  }
  const table = `; header=${details.header ? "present" : "absent"}`;
  const known: ExportFormat = type === "delimited" ? "csv" : type;
  const contentType =
    type === "parquet"
      ? EXPORT_CONTENT_TYPES.parquet
      : `${EXPORT_CONTENT_TYPES[known]}; charset=utf-8${isText ? table : ""}`;
  return { type, ...details, contentType, extension: extensionOf(type, details.delimiter) };
}

/** Spreadsheets write semicolons, too, into files that end with .csv. */
const extensionOf = (type: WritableFormat, delimiter: string | undefined): string =>
  type === "delimited" && (delimiter === ";" || delimiter === ",") ? "csv" : EXTENSIONS[type];

/** Throws `invalid-parameters`: evidence is a column of Winnow's, which these exports do not have. */
export function refuseEvidence(columns: ColumnsWanted, { type }: FileFormat): void {
  const detail = isLineFormat(type)
    ? `The format ${type} has no column for evidence; choose csv, tsv, json, jsonl or parquet`
    : columns === "source"
      ? "columns=source has the file's own columns alone; choose all or winnow"
      : null;
  if (detail === null) return;
  throw new AppError("invalid-parameters", `${detail}.`, {
    errors: [{ pointer: "/query/evidence", detail }],
  });
}

/** Throws `invalid-parameters` for soft labels in a format that cannot hold them. */
export function refuseSoft(split: string, { type }: FileFormat): void {
  if (split !== "soft" || !isLineFormat(type)) return;
  throw new AppError("invalid-parameters", `${type} cannot hold soft labels.`, {
    errors: [{ pointer: "/query/format", detail: "Use jsonl, csv, tsv or parquet" }],
  });
}
