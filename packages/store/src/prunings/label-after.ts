import type { ReviewUse } from "@winnow/contracts";

/** The splits of an export; `docs/reference/api.md` says what each holds. */
export type Split = "cleaned" | "noise" | "relabelled" | "soft" | "all";

/** A class by the last review of the row; what the pruning says where that is unsure, or missing. */
const byReview = (pruned: string): string => `CASE r.verdict
  WHEN 'drop' THEN NULL WHEN 'keep' THEN s.class_index WHEN 'relabel' THEN r.class_index
  ELSE ${pruned} END`;

const CLEANED = byReview("CASE WHEN f.rank IS NULL THEN s.class_index END");

/**
 * SQL: the class of a sample `s` in a split, by its flag `f` and its review `r`, which both may be
 * missing; NULL: the split leaves the row out. The one place that decides it.
 */
export const LABEL_AFTER: Readonly<Record<Split, string>> = {
  cleaned: CLEANED,
  relabelled: byReview("coalesce(f.suggested, s.class_index)"),
  soft: byReview("s.class_index"),
  // What is not in the cleaned split with its given label.
  noise: `CASE WHEN (${CLEANED}) IS DISTINCT FROM s.class_index THEN s.class_index END`,
  all: "s.class_index",
};

/** SQL: the reviews `r` of samples `s`; nobody has one where reviews are ignored. */
export const joinReviews = (use: ReviewUse): string =>
  use === "follow"
    ? "LEFT JOIN reviews r ON r.dataset_key = s.dataset_key AND r.ordinal = s.ordinal"
    : "CROSS JOIN (SELECT NULL::text AS verdict, NULL::int AS class_index) r";
