import type { FileLayout } from "@winnow/contracts";
import { isLineFormat, writeCorpus, writeTable } from "@winnow/corpus";
import { type ColumnsWanted, exportColumns } from "./export-columns.js";
import type { FileFormat } from "./export-formats.js";
import type { ExportRecord, ExportSplit } from "./export-splits.js";
import { lineRowOf } from "./line-rows.js";

/** How an export is written. */
export interface ExportPlan {
  readonly split: ExportSplit;
  readonly format: FileFormat;
  readonly columns: ColumnsWanted;
  readonly layout: FileLayout;
  readonly hasTrueLabels: boolean;
  /** Changes rows that the format cannot hold, instead of failing at the first. */
  readonly clean: boolean;
}

/** The bytes of an export, in constant memory. */
export function writeExport(
  records: AsyncIterable<ExportRecord>,
  plan: ExportPlan,
): AsyncIterable<Uint8Array> {
  const { format, layout, clean } = plan;
  const { type } = format;
  if (isLineFormat(type)) {
    const unwritable = clean ? "clean" : "throw";
    const rows = mapRecords(records, lineRowOf(type, layout));
    return writeCorpus(rows, { format: type, unwritable });
  }
  const columns = exportColumns({ ...plan, format: type });
  const rows = mapRecords(records, (record) => columns.map(({ cellOf }) => cellOf(record)));
  return writeTable(rows, { ...format, format: type, columns });
}

async function* mapRecords<T>(
  records: AsyncIterable<ExportRecord>,
  map: (record: ExportRecord) => T,
): AsyncGenerator<T> {
  for await (const record of records) yield map(record);
}
