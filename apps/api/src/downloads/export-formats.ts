import { AppError, EXPORT_CONTENT_TYPES, type EXPORT_FORMATS } from "@winnow/contracts";
import { type CorpusRow, type ExtraColumn, guardFormula, writeCorpus } from "@winnow/corpus";
import { stringify } from "csv-stringify/sync";
import type { ExportRecord, ExportSplit } from "./export-splits.js";
import { inBatches } from "./in-batches.js";

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Chunks = AsyncIterable<Uint8Array | string>;

interface Writer {
  readonly contentType: string;
  readonly extension: string;
  write(records: AsyncIterable<ExportRecord>, columns: readonly Column[]): Chunks;
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

/** Columns of one split only. `soft` is an array in jsonl, and JSON text in tables. */
const SPLIT_COLUMNS: Partial<Record<ExportSplit, Column>> = {
  relabelled: { name: "given", type: "text" },
  soft: { name: "soft", type: "text" },
};

/** The columns of a dataset file; in parquet the others are extra columns. */
const CORPUS_COLUMNS: ReadonlySet<string> = new Set(["id", "text", "label"]);

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  jsonl: {
    contentType: `${EXPORT_CONTENT_TYPES.jsonl}; charset=utf-8`,
    extension: "jsonl",
    write: async function* (records) {
      for await (const batch of inBatches(records)) {
        yield batch.map((record) => `${JSON.stringify(record)}\n`).join("");
      }
    },
  },
  csv: {
    contentType: `${EXPORT_CONTENT_TYPES.csv}; charset=utf-8; header=present`,
    extension: "csv",
    write: (records, columns) => writeDelimited(records, columns, ","),
  },
  tsv: {
    contentType: `${EXPORT_CONTENT_TYPES.tsv}; charset=utf-8; header=present`,
    extension: "tsv",
    write: (records, columns) => writeDelimited(records, columns, "\t"),
  },
  "toutiao-multilevel": {
    contentType: `${EXPORT_CONTENT_TYPES["toutiao-multilevel"]}; charset=utf-8`,
    extension: "txt",
    write: (records) =>
      // The format has no escapes, and one odd text must not end the whole download.
      writeCorpus(corpusRows(records, []), { format: "toutiao-multilevel", unwritable: "clean" }),
  },
  parquet: {
    contentType: EXPORT_CONTENT_TYPES.parquet,
    extension: "parquet",
    write(records, columns) {
      const extraColumns = columns.filter(({ name }) => !CORPUS_COLUMNS.has(name));
      return writeCorpus(corpusRows(records, extraColumns), { format: "parquet", extraColumns });
    },
  },
};

/**
 * Returns the writer of a split in a format. Throws `invalid-parameters` for soft labels in a format
 * that cannot hold them.
 */
export function exportWriter(
  split: ExportSplit,
  format: ExportFormat,
): Omit<Writer, "write"> & { write(records: AsyncIterable<ExportRecord>): Chunks } {
  if (split === "soft" && format === "toutiao-multilevel") {
    throw new AppError("invalid-parameters", "toutiao-multilevel cannot hold soft labels.", {
      errors: [{ pointer: "/query/format", detail: "Use jsonl, csv, tsv or parquet" }],
    });
  }
  const writer = WRITERS[format];
  const extra = SPLIT_COLUMNS[split];
  const columns = extra ? [...COLUMNS, extra] : COLUMNS;
  return { ...writer, write: (records) => writer.write(records, columns) };
}

/** Cells that readers would change if they were not quoted. */
const QUOTED_CELLS = [/[\r\n]/, /^\s/, /\s$/, /^\uFEFF/];

/** RFC 4180 with a header; records end with a line feed. */
async function* writeDelimited(
  records: AsyncIterable<ExportRecord>,
  columns: readonly Column[],
  delimiter: string,
): AsyncGenerator<string> {
  const options = { delimiter, quoted_match: QUOTED_CELLS, cast: { boolean: String } };
  yield stringify([columns.map(({ name }) => name)], options);
  for await (const batch of inBatches(records)) {
    const rows = batch.map((record) => columns.map(({ name }) => guarded(cellOf(record, name))));
    yield stringify(rows, options);
  }
}

/** Samples are untrusted text: a cell that a spreadsheet would run gets a leading quote. */
const guarded = (cell: Cell): Cell => (typeof cell === "string" ? guardFormula(cell) : cell);

async function* corpusRows(
  records: AsyncIterable<ExportRecord>,
  extraColumns: readonly Column[],
): AsyncGenerator<CorpusRow> {
  for await (const record of records) {
    const { id, text, label } = record;
    yield { id, text, label, extra: extraColumns.map(({ name }) => cellOf(record, name)) };
  }
}

type Cell = string | number | boolean | null;

function cellOf(record: ExportRecord, name: keyof ExportRecord): Cell {
  const value = record[name] ?? null;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
