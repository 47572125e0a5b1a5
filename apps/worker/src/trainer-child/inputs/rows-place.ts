import { type FoldRows, type WholeFold, wholeRows } from "@winnow/encoder/linear-part";
import { type ShardedFold, shardedRows } from "./sharded-rows.js";

/** A fold's rows where they are: in memory, or in shards. Plain data: a thread opens it as well. */
export type RowsPlace =
  | ({ readonly kind: "memory" } & WholeFold)
  | ({ readonly kind: "shards" } & ShardedFold);

export const openRows = (place: RowsPlace): FoldRows =>
  place.kind === "memory" ? wholeRows(place) : shardedRows(place);

/** The fold's held-out rows in the dataset, ascending. */
export const testOrdinalsOf = (place: RowsPlace): Int32Array =>
  place.kind === "memory" ? place.testIndices : place.testOrdinals;
