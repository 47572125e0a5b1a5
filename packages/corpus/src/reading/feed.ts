import { RowMeter } from "../bytes/meter.js";
import { CorpusError } from "../errors.js";
import { feedJson, planJson } from "../json/read-json.js";
import { sinkRows } from "../json/row-taker.js";
import type { ColumnNames } from "../labels/column-names.js";
import { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import { excerptOf } from "../rows/excerpt.js";
import type { RowSink } from "../rows/raw-row.js";
import type { XlsxFile } from "../xlsx/read-xlsx.js";
import type { SheetRow } from "../xlsx/sheet-rows.js";
import { feedLines } from "./line-feed.js";
import type { OpenedFile } from "./open-file.js";

/** What a preview reads of a JSON document or a sheet, whose rows have no lines to cut at. */
export const CUT = { bytes: 64 * 1024 * 1024, rows: 1000 };

/** Passes a file's rows to a sink, from the start, and yields control now and then. */
export type Feed = (sink: RowSink, onProgress: (bytesRead: number) => void) => AsyncGenerator<void>;

/** The rows of a file, and what was seen of it before they are read. */
export interface OpenedFeed {
  feed: Feed;
  /** The class names that the file stores. */
  ownNames: ColumnNames;
  /** Remarks about what of the file is not read. */
  warnings: readonly CorpusWarning[];
}

/**
 * The feed of a file in the format of the options. With `cut` the file is only the head of a longer
 * one, so a record that is open at its end is neither a row nor a reject; of JSON documents and sheets only
 * the first rows are read. Throws CorpusError "bad-format" for a file that is plainly of another
 * format.
 */
export async function openFeed(
  file: OpenedFile,
  options: IngestOptions,
  cut = false,
): Promise<OpenedFeed> {
  refuseOtherFormat(file, options.format);
  switch (options.format.type) {
    case "parquet":
      return openParquet(file, options, cut);
    case "json":
      return openJson(file, options, cut);
    case "xlsx":
      return openXlsx(file, options, cut);
    default: {
      const feed: Feed = (sink, report) => feedLines(file, sink, options, report, cut);
      return { feed, ownNames: {}, warnings: [] };
    }
  }
}

async function openParquet(
  file: OpenedFile,
  options: IngestOptions,
  cut: boolean,
): Promise<OpenedFeed> {
  const { format, signal } = options;
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  // Its reader, and the libraries under it, are loaded for such a file alone.
  const { ParquetFile } = await import("../parquet/parquet-file.js");
  const parquet = await ParquetFile.open(await file.anywhere());
  const { trueLabelColumn } = format;
  const labelColumn = format.annotatorColumns?.[0] ?? format.labelColumn ?? "label";
  const ownNames = {
    label: parquet.classNames(String(labelColumn)),
    trueLabel:
      trueLabelColumn === undefined ? undefined : parquet.classNames(String(trueLabelColumn)),
  };
  return {
    async *feed(sink, report) {
      const choice = new ColumnChoice(options.columns, format.annotatorColumn);
      for await (const bytesRead of parquet.feed(format, sink, choice, limits, cut)) {
        signal?.throwIfAborted();
        report(bytesRead);
        yield;
      }
    },
    ownNames,
    warnings: [],
  };
}

async function openJson(
  file: OpenedFile,
  options: IngestOptions,
  cut: boolean,
): Promise<OpenedFeed> {
  const { format, signal } = options;
  const bounds = cut ? CUT : undefined;
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const plan = await planJson({ open: () => file.open(), format, limits, bounds });
  return {
    async *feed(sink, report) {
      const document = { open: () => file.open(report), format, limits, bounds };
      const openRows = sinkRows(new ColumnChoice(options.columns, format.annotatorColumn));
      for await (const _ of feedJson(document, plan, openRows, sink)) {
        signal?.throwIfAborted();
        yield;
      }
    },
    ownNames: {},
    warnings: [],
  };
}

async function openXlsx(
  file: OpenedFile,
  options: IngestOptions,
  cut: boolean,
): Promise<OpenedFeed> {
  const { format, signal } = options;
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const { XlsxFile } = await import("../xlsx/read-xlsx.js");
  const { SheetTable } = await import("../xlsx/sheet-table.js");
  const { namesOf } = await import("../xlsx/workbook.js");
  const xlsx = await XlsxFile.open(await file.anywhere(), limits);
  const sheet = xlsx.sheet(format.sheet);
  const others = xlsx.shown.filter((other) => other !== sheet);
  const message = `Only the sheet ${JSON.stringify(sheet.name)} is read. The workbook also has ${namesOf(others)}.`;
  const isChosen = format.sheet !== undefined || others.length === 0;
  return {
    async *feed(sink, report) {
      const meter = new RowMeter(
        file.positions?.byteLength ?? (await file.anywhere()).byteLength,
        limits,
      );
      const table = new SheetTable(
        format,
        new ColumnChoice(options.columns, format.annotatorColumn),
        sink,
      );
      let rows = 0;
      const take: Parameters<XlsxFile["feed"]>[1] = (row) => {
        rows += 1;
        meter.row(sizeOf(row));
        if (!cut || rows <= CUT.rows) table.take(row);
      };
      for await (const bytesRead of xlsx.feed(sheet, take)) {
        signal?.throwIfAborted();
        report(bytesRead);
        yield;
        if (cut && rows >= CUT.rows) return;
      }
    },
    ownNames: {},
    warnings: isChosen ? [] : [{ code: "other-sheets", message }],
  };
}

function sizeOf({ cells }: SheetRow): number {
  let size = 0;
  for (const text of cells.values()) size += text.length;
  return size;
}

function refuseOtherFormat({ contents, head }: OpenedFile, { type }: DatasetFormat): void {
  const own = type === "parquet" || type === "xlsx" ? type : "text";
  if (contents === own || head.length === 0) return;
  if (contents !== "text") {
    throw new CorpusError(
      "bad-format",
      `The file is ${contents}, but the format says ${type}. Give the format ${contents}.`,
    );
  }
  const start = JSON.stringify(excerptOf(Buffer.from(head).toString("utf8")).slice(0, 40));
  throw new CorpusError(
    type === "xlsx" ? "bad-xlsx" : "bad-parquet",
    `The format says ${type}, but the file begins with ${start}. Give the format that it has.`,
  );
}
