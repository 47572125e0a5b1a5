import type { FileLayout, ReviewUse } from "@winnow/contracts";
import {
  fileLineRow,
  isLineFormat,
  type TableFormat,
  type TableOptions,
  whyNoRecord,
  whyUnwritable,
  writeCorpus,
  writeTable,
} from "@winnow/corpus";
import { type ColumnsWanted, exportColumns } from "./export-columns.js";
import type { FileFormat } from "./export-formats.js";
import type { ExportRecord, ExportSplit } from "./export-splits.js";

/** How an export is written. */
export interface ExportPlan {
  readonly split: ExportSplit;
  readonly reviews: ReviewUse;
  readonly format: FileFormat;
  readonly columns: ColumnsWanted;
  readonly layout: FileLayout;
  readonly hasTrueLabels: boolean;
  readonly annotators: number;
  readonly isDerived: boolean;
  /** A column that says why each flag's label is doubted. */
  readonly evidence: boolean;
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
    const rows = mapRecords(records, fileLineRow(type, layout));
    return writeCorpus(rows, { format: type, unwritable });
  }
  const { options, cellsOf } = tableOf(plan, type);
  return writeTable(mapRecords(records, cellsOf), options);
}

/**
 * Why an export's format cannot hold a record, or null if it can; null in place of the function if the
 * format holds every record.
 */
export function whyUnwritableIn(
  plan: ExportPlan,
): ((record: ExportRecord) => string | null) | null {
  const { type } = plan.format;
  if (isLineFormat(type)) {
    const rowOf = fileLineRow(type, plan.layout);
    return (record) => whyUnwritable(rowOf(record), type);
  }
  const { options, cellsOf } = tableOf(plan, type);
  const why = whyNoRecord(options);
  return why && ((record) => why(cellsOf(record)));
}

function tableOf(plan: ExportPlan, format: TableFormat) {
  const columns = exportColumns({ ...plan, format });
  const unwritable = plan.clean ? "clean" : "throw";
  const options: TableOptions = { ...plan.format, format, columns, unwritable };
  const cellsOf = (record: ExportRecord) => columns.map(({ cellOf }) => cellOf(record));
  return { options, cellsOf };
}

async function* mapRecords<T>(
  records: AsyncIterable<ExportRecord>,
  map: (record: ExportRecord) => T,
): AsyncGenerator<T> {
  for await (const record of records) yield map(record);
}
