import {
  type Cell,
  type CellRow,
  type CorpusSummary,
  type DatasetFormat,
  type FileRow,
  fileCell,
  fileCellType,
  fileLineRow,
  isLineFormat,
  type WritableFormat,
  type WrittenColumn,
  writeCorpus,
  writeTable,
} from "@winnow/corpus";

/** A column that the file did not have. */
export interface AddedColumn<Row extends FileRow> extends WrittenColumn {
  readonly cellOf: (row: Row) => Cell;
}

interface FileTable<Row extends FileRow> {
  /** What is written. */
  readonly format: WritableFormat;
  /** How the file was read. */
  readonly file: DatasetFormat;
  readonly summary: CorpusSummary;
  /** After the file's own columns; formats of lines have none. */
  readonly added: readonly AddedColumn<Row>[];
}

const ENDINGS: Partial<Record<WritableFormat, string>> = {
  csv: "csv",
  tsv: "tsv",
  jsonl: "jsonl",
  json: "json",
  parquet: "parquet",
};

/** Spreadsheets open csv; no workbook is written. */
export const writtenAs = ({ type }: Pick<DatasetFormat, "type">): WritableFormat =>
  type === "xlsx" ? "csv" : type;

/** The ending of a file that is written as one of this format. */
export const writtenEnding = (format: Pick<DatasetFormat, "type">): string =>
  ENDINGS[writtenAs(format)] ?? "txt";

/** A column's name, or one like it that no column of the file has. */
export function freeName(name: string, summary: CorpusSummary): string {
  const isTaken = summary.columns.some((own) => own.name === name || own.header === name);
  return isTaken ? freeName(`winnow_${name}`, summary) : name;
}

/** Rows as the bytes of a file with the columns that they were read with. */
export function fileTable<Row extends FileRow>(
  rows: AsyncIterable<Row>,
  { format, file, summary, added }: FileTable<Row>,
): AsyncGenerator<Uint8Array> {
  const { columns } = summary;
  if (isLineFormat(format)) {
    const lineOf = fileLineRow(format, { format: file, columns });
    return writeCorpus(mapped(rows, lineOf), { format, unwritable: "clean" });
  }
  const isText = format === "csv" || format === "tsv" || format === "delimited";
  const labelCells = new Map(summary.labelCells);
  const header = file.header !== false;
  const written: WrittenColumn[] = columns.map((column) => ({
    name: isText ? (column.header ?? column.name) : column.name,
    type: fileCellType(column, format),
    parquet: format === "parquet" ? column.parquet : undefined,
  }));
  const cellsOf = (row: Row): CellRow => [
    ...columns.map((column, i) => fileCell(row, column, i, format, labelCells)),
    ...added.map(({ cellOf }) => cellOf(row)),
  ];
  return writeTable(mapped(rows, cellsOf), {
    format,
    columns: [...written, ...added],
    header,
    unwritable: "clean",
    ...(isText && {
      delimiter: file.delimiter,
      quote: file.quote,
      escape: file.escape,
      formulaGuard: file.formulaGuard === true,
    }),
  });
}

async function* mapped<From, To>(rows: AsyncIterable<From>, to: (row: From) => To) {
  for await (const row of rows) yield to(row);
}
