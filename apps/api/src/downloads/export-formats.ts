import { AppError, EXPORT_CONTENT_TYPES, type EXPORT_FORMATS } from "@winnow/contracts";
import { type Cell, type CorpusRow, type ExtraColumn, writeCorpus } from "@winnow/corpus";
import type { ExportRecord, ExportSplit } from "./export-splits.js";

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Chunks = AsyncIterable<Uint8Array>;

interface ExportFile {
  readonly contentType: string;
  readonly extension: string;
}

type Column = ExtraColumn & { readonly name: keyof ExportRecord };

const COLUMNS: readonly Column[] = [
  { name: "ordinal", type: "integer" },
  { name: "line", type: "integer" },
  { name: "id", type: "text" },
  { name: "text", type: "text" },
  { name: "label", type: "text" },
  { name: "trueLabel", type: "text" },
  { name: "flagged", type: "boolean" },
  { name: "suggested", type: "text" },
  { name: "rank", type: "integer" },
  { name: "normalizedMargin", type: "number" },
];

/** Columns of one split only. */
const SPLIT_COLUMNS: Partial<Record<ExportSplit, Column>> = {
  relabelled: { name: "given", type: "text" },
  soft: { name: "soft", type: "json" },
};

/** The columns of a dataset file; the others are extra columns. */
const CORPUS_COLUMNS: ReadonlySet<string> = new Set(["id", "text", "label"]);

const FILES: Readonly<Record<ExportFormat, ExportFile>> = {
  jsonl: {
    contentType: `${EXPORT_CONTENT_TYPES.jsonl}; charset=utf-8`,
    extension: "jsonl",
  },
  csv: {
    contentType: `${EXPORT_CONTENT_TYPES.csv}; charset=utf-8; header=present`,
    extension: "csv",
  },
  tsv: {
    contentType: `${EXPORT_CONTENT_TYPES.tsv}; charset=utf-8; header=present`,
    extension: "tsv",
  },
  "toutiao-multilevel": {
    contentType: `${EXPORT_CONTENT_TYPES["toutiao-multilevel"]}; charset=utf-8`,
    extension: "txt",
  },
  parquet: {
    contentType: EXPORT_CONTENT_TYPES.parquet,
    extension: "parquet",
  },
};

/**
 * Returns the writer of a split in a format. Throws `invalid-parameters` for soft labels in a format
 * that cannot hold them.
 */
export function exportWriter(
  split: ExportSplit,
  format: ExportFormat,
): ExportFile & { write(records: AsyncIterable<ExportRecord>): Chunks } {
  if (split === "soft" && format === "toutiao-multilevel") {
    throw new AppError("invalid-parameters", "toutiao-multilevel cannot hold soft labels.", {
      errors: [{ pointer: "/query/format", detail: "Use jsonl, csv, tsv or parquet" }],
    });
  }
  const extra = SPLIT_COLUMNS[split];
  const columns = extra ? [...COLUMNS, extra] : COLUMNS;
  return { ...FILES[format], write: (records) => writeRecords(records, format, columns) };
}

function writeRecords(
  records: AsyncIterable<ExportRecord>,
  format: ExportFormat,
  columns: readonly Column[],
): Chunks {
  const extraColumns = columns.filter(({ name }) => !CORPUS_COLUMNS.has(name));
  return writeCorpus(corpusRows(records, extraColumns), {
    format,
    extraColumns,
    // Parquet files begin with the columns of a dataset file.
    columnOrder: format === "parquet" ? undefined : columns.map(({ name }) => name),
    // Samples are untrusted text.
    formulaGuard: true,
    // toutiao-multilevel has no escapes, and one odd text must not end the whole download.
    unwritable: "clean",
  });
}

async function* corpusRows(
  records: AsyncIterable<ExportRecord>,
  extraColumns: readonly Column[],
): AsyncGenerator<CorpusRow> {
  for await (const record of records) {
    const { id, text, label } = record;
    yield { id, text, label, extra: extraColumns.map(({ name }) => cellOf(record, name)) };
  }
}

function cellOf(record: ExportRecord, name: keyof ExportRecord): Cell {
  const value = record[name] ?? null;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
