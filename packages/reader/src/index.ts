/** Reads users' files in processes of their own, within limits of memory and time. */
export { OutsideError } from "./messages/faults.js";
export type { DatasetRead, FileRef, RowBatch } from "./messages/messages.js";
export { ReaderError, type ReaderErrorCode } from "./readers/reader-error.js";
export { READER_LIMITS, type ReaderLimits } from "./readers/reader-limits.js";
export { Readers, type ReadOptions } from "./readers/readers.js";
