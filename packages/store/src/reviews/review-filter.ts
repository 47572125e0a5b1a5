import { AppError, type FlagFilter, type ReviewOrder, type Verdict } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { type FlagBounds, flagsWithin, orderBy, Places } from "./flag-filter.js";
import { type ActionRow, insertAction } from "./review-actions.js";
import { writtenFrom } from "./review-rows.js";
import { classIndexes, type ReviewedDataset } from "./reviewed-dataset.js";

/** One review of all flags that a filter meets. */
export interface FilterReview {
  readonly pruningId: string;
  readonly filter: FlagFilter;
  readonly verdict: Verdict;
  /** The class of a relabel; each row's suggested one without it. */
  readonly label?: string | undefined;
  readonly order: ReviewOrder;
  readonly actorId: string | null;
}

export interface FilterOutcome {
  /** null where no row was met. */
  readonly action: ActionRow | null;
  readonly rows: number;
  readonly replaced: number;
}

/**
 * Reviews all flags that the filter meets, in one statement. With `dryRun` they are only counted. Throws
 * `pruning-not-found`, `pruning-not-finished`, `invalid-parameters`, and `review-conflict` if somebody
 * else reviewed one of them at the same moment.
 */
export async function reviewFilter(
  tx: Transaction,
  dataset: ReviewedDataset,
  review: FilterReview,
  { dryRun }: { readonly dryRun: boolean },
): Promise<FilterOutcome> {
  const { pruningId, filter, verdict, order, actorId } = review;
  const pruning = await holdPruningOf(tx, dataset, pruningId);
  const label = await relabelTo(tx, dataset, review);
  const bounds = await boundsOf(tx, dataset, filter);
  const places = new Places();
  const [datasetPlace, actionPlace] = [places.of(dataset.key), places.of(null)];
  const samples = partitionOf("samples", dataset.key);
  const from = flagsWithin(bounds, { pruning, dataset: dataset.key, samples }, places);
  const verdictPlace = places.of(verdict);
  const classes =
    verdict !== "relabel" ? "NULL::int" : label === null ? "f.suggested" : places.of(label);
  const met = `met AS (
    SELECT f.ordinal, ${verdictPlace}::text AS verdict, ${classes}::int AS class_index,
      coalesce(r.action_key, 0) AS replaces
    FROM ${from} ORDER BY ${orderBy(order)} LIMIT ${places.of(filter.first ?? null)}::int)`;
  // Before statistics know of the first reviews, each flag would be joined by a scan of all of them.
  await tx.query("SET LOCAL enable_nestloop = off");
  const counts = `(SELECT count(*)::int FROM met) AS met,
    (SELECT count(*)::int FROM met WHERE replaces > 0) AS replaced`;
  if (dryRun) {
    const { rows } = await tx.query<{ met: number; replaced: number }>(
      `WITH ${met} SELECT ${counts}, ${datasetPlace}::int, ${actionPlace}::bigint`,
      places.values,
    );
    return { action: null, rows: rows[0]!.met, replaced: rows[0]!.replaced };
  }
  const action = await insertAction(tx, {
    ...{ datasetId: dataset.id, actorId, pruningId, order, rows: 0 },
    filter: { ...filter, verdict, ...(review.label === undefined ? {} : { label: review.label }) },
  });
  places.values[1] = action.key;
  const { rows } = await tx.query<{ met: number; replaced: number; written: number }>(
    `WITH ${met}, ${writtenFrom("met")}
     SELECT ${counts}, (SELECT count(*)::int FROM written) AS written`,
    places.values,
  );
  const { met: count, replaced, written } = rows[0]!;
  if (written < count) {
    throw new AppError(
      "review-conflict",
      `Somebody else reviewed ${count - written} of the ${count} rows at the same moment. Nothing was written; count them again.`,
    );
  }
  if (count === 0) {
    await tx.query("DELETE FROM review_actions WHERE key = $1", [action.key]);
    return { action: null, rows: 0, replaced: 0 };
  }
  await tx.query("UPDATE review_actions SET rows = $2 WHERE key = $1", [action.key, count]);
  return { action: { ...action, rows: count }, rows: count, replaced };
}

/** The key of a ready pruning of the dataset, which stays until the transaction ends. */
export async function holdPruningOf(
  tx: Transaction,
  dataset: ReviewedDataset,
  id: string,
): Promise<number> {
  const { rows } = await tx.query<{ key: number; state: string; dataset_id: string }>(
    `SELECT p.key, p.state, c.dataset_id
     FROM prunings p JOIN cross_validations c ON c.id = p.cross_validation_id
     WHERE p.id = $1 FOR KEY SHARE OF p`,
    [id],
  );
  const pruning = rows[0];
  const pointer = "/pruningId";
  if (!pruning) {
    const errors = [{ pointer, detail: "There is no such pruning" }];
    throw new AppError("pruning-not-found", `No pruning has the id ${id}.`, { errors });
  }
  if (pruning.dataset_id !== dataset.id) {
    const detail = `is a pruning of ${pruning.dataset_id}, not of this dataset`;
    throw new AppError("invalid-parameters", `${id} ${detail}.`, { errors: [{ pointer, detail }] });
  }
  if (pruning.state !== "ready") {
    throw new AppError(
      "pruning-not-finished",
      `The pruning is ${pruning.state}; wait for its job.`,
    );
  }
  return pruning.key;
}

async function relabelTo(
  tx: Transaction,
  { id }: ReviewedDataset,
  { verdict, label }: FilterReview,
): Promise<number | null> {
  if (label === undefined) return null;
  const refuse = (detail: string) =>
    new AppError("invalid-parameters", `The label ${detail}.`, {
      errors: [{ pointer: "/label", detail }],
    });
  if (verdict !== "relabel") throw refuse(`goes with the verdict relabel, not with ${verdict}`);
  const index = (await classIndexes(tx, id, [label])).get(label);
  if (index === undefined)
    throw refuse(`${JSON.stringify(label.slice(0, 80))} is no class of the dataset`);
  return index;
}

/** The filter with classes as indexes. */
async function boundsOf(
  tx: Transaction,
  { id }: ReviewedDataset,
  { given, suggested, ...others }: FlagFilter,
): Promise<FlagBounds> {
  const indexes = await classIndexes(
    tx,
    id,
    [given, suggested].flatMap((name) => name ?? []),
  );
  const indexOf = (name: string | undefined) =>
    name === undefined ? undefined : (indexes.get(name) ?? -1);
  return { ...others, given: indexOf(given), suggested: indexOf(suggested) };
}
