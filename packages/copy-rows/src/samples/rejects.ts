import { CopyRowWriter } from "../format/copy-row-writer.js";
import { locateRow } from "../format/locate-row.js";
import { type RowBlock, RowBlockWriter } from "./row-block.js";
import { RowBlockError } from "./row-block-error.js";

/** A line that was not kept. */
export interface RejectRow {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  readonly excerpt: string;
}

export const REJECT_COLUMNS = ["dataset_id", "line", "reason", "detail", "excerpt"] as const;

/** Of a block: whoever writes rejects need not know their dataset. */
const OWN_COLUMNS = REJECT_COLUMNS.length - 1;
const COUNT_BYTES = 2;

export const rejectWriter = (): RowBlockWriter<RejectRow> =>
  new RowBlockWriter(OWN_COLUMNS, (row, { line, reason, detail, excerpt }) =>
    row.int4(line).text(reason).text(detail).text(excerpt),
  );

/** The block's rows as rows of a dataset. Throws `RowBlockError` for a row that is no reject. */
export function ownedRejects({ rows, bytes }: RowBlock, datasetId: string): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const writer = new CopyRowWriter(REJECT_COLUMNS.length);
  const offsets = new Int32Array(OWN_COLUMNS);
  const lengths = new Int32Array(OWN_COLUMNS);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const isOwn = at + COUNT_BYTES <= view.length && view.readInt16BE(at) === OWN_COLUMNS;
    const next = isOwn ? locateRow(view, at, offsets, lengths) : -1;
    if (next < 0 || lengths[0] !== 4 || lengths.some((length) => length < 0)) {
      throw new RowBlockError(`row ${row} of a block of rejects is no reject`);
    }
    writer
      .row()
      .text(datasetId)
      .fields(view.subarray(at + COUNT_BYTES, next));
    at = next;
  }
  if (at !== view.length) throw new RowBlockError("a block of rejects has bytes after its rows");
  return writer.take();
}
