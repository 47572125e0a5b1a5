import type { VectorSource } from "@winnow/linear";
import type { AuditRows } from "./read-file.js";

/** What opening vectors may use. */
export interface VectorsContext {
  readonly signal: AbortSignal;
  /** Of an encoder: the share of the rows that are encoded. */
  readonly onProgress: (share: number) => void;
}

/** Where the rows' vectors come from: a file, or an encoder. One vector a kept row, in order. */
export type OpenVectors = (rows: AuditRows, context: VectorsContext) => Promise<VectorSource>;
