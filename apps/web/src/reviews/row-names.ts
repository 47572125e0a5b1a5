import type { TextKey } from "../texts/texts.js";

/** What the rows of a review are called. */
export interface RowNames {
  /** The number of a row. */
  readonly place: TextKey;
  /** A row, by its `{rank}`. */
  readonly row: TextKey;
  /** That there is none. */
  readonly none: TextKey;
}

export const FLAG_NAMES: RowNames = { place: "rank", row: "rowOfQueue", none: "noneInFilter" };
/** Of a sample nobody says which rows are flags: it would bias. */
export const SAMPLE_NAMES: RowNames = { place: "place", row: "rowOfSample", none: "noneOfSample" };
