/** Rows of Postgres' binary COPY: written and read; samples and rejects that another process wrote. */
export { CopyRowWriter } from "./format/copy-row-writer.js";
export { locateRow } from "./format/locate-row.js";
export {
  ownedRejects,
  REJECT_COLUMNS,
  type RejectRow,
  rejectWriter,
} from "./samples/rejects.js";
export { type RowBlock, RowBlockWriter } from "./samples/row-block.js";
export { RowBlockError } from "./samples/row-block-error.js";
export {
  type Cells,
  ownedSamples,
  SAMPLE_COLUMNS,
  type SampleRow,
  type SamplesSoFar,
  sampleWriter,
} from "./samples/samples.js";
export type { Vote } from "./samples/votes.js";
