import type { FoldRows, SoftTargets } from "@winnow/encoder";
import { wholeRows } from "@winnow/encoder/linear-part";
import { type ShardedFold, shardedRows } from "./sharded-rows.js";

/** A fold's rows where they are: in memory, or in shards. Plain data: a thread opens it as well. */
export type RowsPlace =
  | ({ readonly kind: "memory" } & WholeFold)
  | ({ readonly kind: "shards" } & ShardedFold);

export interface WholeFold {
  readonly tokens: {
    readonly ids: Int32Array | Uint16Array;
    readonly offsets: Int32Array;
  };
  readonly labels: Int32Array;
  readonly classes: number;
  readonly softTargets?: SoftTargets;
  readonly trainIndices: Int32Array;
  readonly testIndices: Int32Array;
}

export const openRows = (place: RowsPlace): FoldRows =>
  place.kind === "memory" ? wholeRows(place) : shardedRows(place);

/** The fold's held-out rows in the dataset, ascending. */
export const testOrdinalsOf = (place: RowsPlace): Int32Array =>
  place.kind === "memory" ? place.testIndices : place.testOrdinals;
