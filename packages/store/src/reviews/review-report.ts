import type { ReviewReport } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { classNames } from "../datasets/datasets.js";
import { proportion } from "../intervals/wilson.js";
import { readyPruning } from "../prunings/prunings.js";

/** Pairs of classes that a report lists. */
const LISTED_PAIRS = 1000;

interface Counts {
  readonly flags: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly unsure: number;
  readonly random_confirmed: number;
  readonly random_rejected: number;
}

/**
 * How the flags of a pruning were reviewed so far. Throws `pruning-not-found`, `pruning-not-finished`.
 */
export async function readReviewReport(store: Store, pruningId: string): Promise<ReviewReport> {
  const { row, datasetId, datasetKey } = await readyPruning(store, pruningId);
  const names = await classNames(store, datasetId);
  const { rows } = await poolOf(store).query<Counts & { given: number; suggested: number }>(
    `SELECT f.given, f.suggested, count(*)::int AS flags,
       count(*) FILTER (WHERE ${CONFIRMED})::int AS confirmed,
       count(*) FILTER (WHERE ${REJECTED})::int AS rejected,
       count(*) FILTER (WHERE r.verdict = 'unsure')::int AS unsure,
       count(*) FILTER (WHERE a.met_order = 'random' AND ${CONFIRMED})::int AS random_confirmed,
       count(*) FILTER (WHERE a.met_order = 'random' AND ${REJECTED})::int AS random_rejected
     FROM flags f
     LEFT JOIN reviews r ON r.dataset_key = $2 AND r.ordinal = f.ordinal
     LEFT JOIN review_actions a ON a.key = r.action_key
     WHERE f.pruning_key = $1 GROUP BY f.given, f.suggested
     ORDER BY flags DESC, f.given, f.suggested`,
    [row.key, datasetKey],
  );
  const sum = (of: keyof Counts) => rows.reduce((total, pair) => total + pair[of], 0);
  const [confirmed, rejected] = [sum("random_confirmed"), sum("random_rejected")];
  return {
    ...countsOf({
      flags: sum("flags"),
      confirmed: sum("confirmed"),
      rejected: sum("rejected"),
      unsure: sum("unsure"),
    }),
    random: { confirmed, rejected, precision: proportion(confirmed, confirmed + rejected) },
    pairs: rows.slice(0, LISTED_PAIRS).map(({ given, suggested, ...counts }) => ({
      given: names[given] ?? "",
      suggested: names[suggested] ?? "",
      ...countsOf(counts),
    })),
  };
}

const CONFIRMED = "(r.verdict = 'drop' OR r.verdict = 'relabel' AND r.class_index <> f.given)";
const REJECTED = "(r.verdict = 'keep' OR r.verdict = 'relabel' AND r.class_index = f.given)";

const countsOf = ({
  flags,
  confirmed,
  rejected,
  unsure,
}: Pick<Counts, "flags" | "confirmed" | "rejected" | "unsure">) => ({
  flags,
  confirmed,
  rejected,
  unsure,
  precision: proportion(confirmed, confirmed + rejected),
});
