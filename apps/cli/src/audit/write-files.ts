import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
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
import type { Evidence } from "@winnow/linear";
import type { AuditFlags } from "./find-flags.js";
import { type NearestOfFlags, type NearRowLine, nearLines } from "./nearest.js";
import { type AuditRows, type AuditSource, readBatches } from "./read-file.js";
import { RowChannel } from "./row-channel.js";

/** What is known of a flagged row beside its columns. */
interface NoiseRow extends FileRow {
  readonly suggestedLabel?: string;
  readonly score?: number;
  readonly evidence?: (Evidence & { nearest?: readonly NearRowLine[] | undefined }) | undefined;
}

export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
}

export interface SplitFiles {
  readonly folder: string;
  readonly source: AuditSource;
  readonly rows: AuditRows;
  readonly flags: AuditFlags;
  /** Of flagged rows, if it was asked for. */
  readonly evidence: ReadonlyMap<number, Evidence> | undefined;
  /** Of the worst flags, if there are vectors too. */
  readonly nearest: NearestOfFlags | undefined;
}

/** Spreadsheets open csv; no workbook is written. */
const writtenAs = ({ type }: DatasetFormat): WritableFormat => (type === "xlsx" ? "csv" : type);

const ENDINGS: Partial<Record<WritableFormat, string>> = {
  csv: "csv",
  tsv: "tsv",
  jsonl: "jsonl",
  json: "json",
  parquet: "parquet",
};

/**
 * Reads the file again and writes its rows into two of its format, with all its columns: those
 * without a flag, and the flagged ones with what is suggested. Both appear whole or not at all.
 */
export async function writeSplits(files: SplitFiles): Promise<WrittenFile[]> {
  const { folder, source, rows: audited, flags, evidence, nearest } = files;
  const { summary } = audited;
  const format = writtenAs(source.format);
  await mkdir(folder, { recursive: true });
  const ending = ENDINGS[format] ?? "txt";
  const parts = (["cleaned", "noise"] as const).map((name) => {
    const path = join(folder, `${name}.${ending}`);
    const channel = new RowChannel<NoiseRow>();
    const bytes = tableOf(channel, format, files, name === "noise");
    const draft = `${path}.part`;
    const written = pipeline(Readable.from(bytes), createWriteStream(draft)).catch((error) => {
      channel.fail(error);
      throw error;
    });
    written.catch(() => {}); // awaited below
    return { path, draft, channel, written, rows: 0 };
  });
  const [cleaned, noise] = [parts[0]!, parts[1]!];
  const flagged = new Uint8Array(flags.issues.n);
  for (const row of flags.issues.indices) flagged[row] = 1;
  const names = summary.classes.map((one) => one.name);
  try {
    for await (const { samples } of readBatches(source)) {
      const rows: { clean: NoiseRow[]; doubted: NoiseRow[] } = { clean: [], doubted: [] };
      for (const sample of samples) {
        const row = sample.ordinal;
        const { externalId: id, text, classIndex, trueClassIndex, cells = null } = sample;
        const trueLabel = trueClassIndex === null ? null : names[trueClassIndex]!;
        const own: FileRow = { id, text, label: names[classIndex]!, trueLabel, cells };
        if (flagged[row] === 0) rows.clean.push(own);
        else {
          const why = evidence?.get(row);
          const near = nearest && nearLines(nearest, row, audited);
          rows.doubted.push({
            ...own,
            suggestedLabel: names[flags.suggested[row]!]!,
            score: flags.scores[row]!,
            evidence: why && (near ? { ...why, nearest: near } : why),
          });
        }
      }
      await cleaned.channel.give(rows.clean);
      await noise.channel.give(rows.doubted);
      cleaned.rows += rows.clean.length;
      noise.rows += rows.doubted.length;
    }
    for (const { channel } of parts) channel.close();
    await Promise.all(parts.map(({ written }) => written));
    for (const { draft, path } of parts) await rename(draft, path);
  } catch (error) {
    for (const { channel } of parts) channel.close();
    await Promise.allSettled(parts.map(({ written }) => written));
    for (const { draft } of parts) await rm(draft, { force: true });
    throw error;
  }
  return parts.map(({ path, rows }) => ({ path, rows }));
}

/** Rows as the bytes of a file with the columns that they were read with. */
function tableOf(
  rows: AsyncIterable<NoiseRow>,
  format: WritableFormat,
  { source, rows: { summary }, evidence }: SplitFiles,
  isNoise: boolean,
): AsyncGenerator<Uint8Array> {
  const { columns } = summary;
  const file = source.format;
  if (isLineFormat(format)) {
    const lineOf = fileLineRow(format, { format: file, columns });
    return writeCorpus(mapped(rows, lineOf), { format, unwritable: "clean" });
  }
  const isText = format === "csv" || format === "tsv" || format === "delimited";
  const labelCells = new Map(summary.labelCells);
  const header = file.header !== false;
  // A file without names for its columns has none for new ones either.
  const added = isNoise && header ? addedColumns(summary, evidence !== undefined) : [];
  const written: WrittenColumn[] = columns.map((column) => ({
    name: isText ? (column.header ?? column.name) : column.name,
    type: fileCellType(column, format),
    parquet: format === "parquet" ? column.parquet : undefined,
  }));
  const cellsOf = (row: NoiseRow): CellRow => [
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

interface AddedColumn extends WrittenColumn {
  readonly cellOf: (row: NoiseRow) => Cell;
}

function addedColumns({ columns }: CorpusSummary, hasEvidence: boolean): AddedColumn[] {
  const taken = new Set(columns.flatMap(({ name, header }) => [name, header]));
  const free = (name: string): string => (taken.has(name) ? free(`winnow_${name}`) : name);
  const own: AddedColumn[] = [
    { name: "suggested", type: "text", cellOf: (row) => row.suggestedLabel! },
    { name: "score", type: "number", cellOf: (row) => row.score! },
  ];
  if (hasEvidence) {
    own.push({ name: "evidence", type: "json", cellOf: (row) => JSON.stringify(row.evidence) });
  }
  return own.map((column) => ({ ...column, name: free(column.name) }));
}

async function* mapped<From, To>(rows: AsyncIterable<From>, to: (row: From) => To) {
  for await (const row of rows) yield to(row);
}
