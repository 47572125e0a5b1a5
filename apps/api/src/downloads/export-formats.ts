import { AppError, EXPORT_CONTENT_TYPES, type EXPORT_FORMATS } from "@winnow/contracts";
import {
  type Cell,
  type CorpusRow,
  type ExtraColumn,
  whyUnwritable,
  writeCorpus,
} from "@winnow/corpus";
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

/** How an export is written. */
export interface ExportOptions {
  readonly split: ExportSplit;
  readonly format: ExportFormat;
  readonly formulaGuard: boolean;
  /** Changes rows that the format cannot hold, instead of failing at the first. */
  readonly clean: boolean;
}

/**
 * Returns the writer of a split in a format. Throws `invalid-parameters` for what the format does
 * not have: soft labels, a guard against formulas.
 */
export function exportWriter(
  options: ExportOptions,
): ExportFile & { write(records: AsyncIterable<ExportRecord>): Chunks } {
  const { split, format, formulaGuard } = options;
  if (split === "soft" && format === "toutiao-multilevel") {
    throw new AppError("invalid-parameters", "toutiao-multilevel cannot hold soft labels.", {
      errors: [{ pointer: "/query/format", detail: "Use jsonl, csv, tsv or parquet" }],
    });
  }
  if (formulaGuard && format !== "csv" && format !== "tsv") {
    throw new AppError("invalid-parameters", `${format} needs no guard against formulas.`, {
      errors: [{ pointer: "/query/formulaGuard", detail: "Only for csv and tsv" }],
    });
  }
  const extra = SPLIT_COLUMNS[split];
  const columns = extra ? [...COLUMNS, extra] : COLUMNS;
  return { ...FILES[format], write: (records) => writeRecords(records, options, columns) };
}

/** Counts the rows that a format cannot hold, which need a pass over all of them. */
export async function unwritableRows(
  records: AsyncIterable<ExportRecord>,
  format: ExportFormat,
): Promise<{ count: number; first: { line: number; why: string } | null }> {
  let count = 0;
  let first: { line: number; why: string } | null = null;
  for await (const record of records) {
    const why = whyUnwritable(record, format);
    if (why === null) continue;
    count += 1;
    first ??= { line: record.line, why };
  }
  return { count, first };
}

function writeRecords(
  records: AsyncIterable<ExportRecord>,
  { format, formulaGuard, clean }: ExportOptions,
  columns: readonly Column[],
): Chunks {
  const extraColumns = columns.filter(({ name }) => !CORPUS_COLUMNS.has(name));
  return writeCorpus(corpusRows(records, extraColumns), {
    format,
    extraColumns,
    // Parquet files begin with the columns of a dataset file.
    columnOrder: format === "parquet" ? undefined : columns.map(({ name }) => name),
    formulaGuard,
    unwritable: clean ? "clean" : "throw",
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
