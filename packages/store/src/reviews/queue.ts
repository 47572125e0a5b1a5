import type { Page, QueuedFlag, ReviewOrder } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { partitionOf } from "../database/partitions.js";
import { type FlagRecord, flagView } from "../prunings/flags.js";
import { FirstPending, type Place } from "./first-pending.js";
import { type FlagBounds, flagsWithin, orderBy, Places, SORTED_BY } from "./flag-filter.js";
import { readReviewsOf } from "./list-reviews.js";
import { readNearDuplicates } from "./near-duplicates.js";
import { queuedPruning } from "./queued-pruning.js";

/** Classes of a row that are shown with their probabilities. */
const LIKELIEST = 9;

export interface QueueFilter extends PageRequest, Omit<FlagBounds, "given" | "suggested"> {
  /** Class names. */
  readonly given?: string | undefined;
  readonly suggested?: string | undefined;
  readonly order: ReviewOrder;
}

interface QueueRecord extends FlagRecord {
  sorted_by: number;
  probs: Buffer | null;
}

const beginnings = new WeakMap<Store, FirstPending>();

/**
 * A page of flags with all that it takes to decide about them. Throws `pruning-not-found`,
 * `pruning-not-finished`.
 */
export async function listReviewQueue(
  store: Store,
  pruningId: string,
  filter: QueueFilter,
): Promise<Page<QueuedFlag>> {
  const { names, layout, undone, ...keys } = await queuedPruning(store, pruningId);
  const indexOf = (name: string | undefined) =>
    name === undefined ? undefined : names.indexOf(name);
  const { limit: _, cursor: __, order, ...shown } = filter;
  const bounds = { ...shown, given: indexOf(filter.given), suggested: indexOf(filter.suggested) };
  const list = ["queue", pruningId, order, JSON.stringify(Object.entries(shown).sort())] as const;
  const read = async (after: Place | null, limit: number): Promise<QueueRecord[]> => {
    if (after || filter.state !== "pending") {
      return readQueue(store, keys, bounds, order, after && { after }, limit);
    }
    const queue = JSON.stringify(list);
    const known = firstPending(store);
    const from = known.get(queue, undone);
    if (from === null) return [];
    const rows = await readQueue(store, keys, bounds, order, from ? { from } : null, limit);
    const [first] = rows;
    known.set(queue, undone, first ? [first.sorted_by, first.rank] : null);
    return rows;
  };
  const page = await readPage(filter, {
    list,
    keys: [SORTED_BY[order].type, "int4"],
    read,
    keysOf: (record) => [record.sorted_by, record.rank],
    view(record) {
      const { review: _, ...flag } = flagView(record, names, layout);
      return { ...flag, likeliest: likeliest(record.probs, names) };
    },
  });
  const ordinals = page.data.map(({ ordinal }) => ordinal);
  const [found, nearDuplicates] = await Promise.all([
    readReviewsOf(store, keys.dataset, ordinals),
    readNearDuplicates(store, keys.dataset, ordinals, names),
  ]);
  const reviews = new Map(found.map((review) => [review.ordinal, review]));
  const data = page.data.map((flag) => {
    const review = reviews.get(flag.ordinal) ?? null;
    return {
      ...flag,
      nearDuplicates: nearDuplicates.get(flag.ordinal) ?? [],
      review,
      version: review?.version ?? 0,
    };
  });
  return { ...page, data };
}

function firstPending(store: Store): FirstPending {
  const known = beginnings.get(store) ?? new FirstPending();
  beginnings.set(store, known);
  return known;
}

/** Where a page begins: after a place, or at it. */
type Beginning = { readonly after: Place } | { readonly from: Place };

async function readQueue(
  store: Store,
  keys: { readonly pruning: number; readonly dataset: number; readonly run: number },
  bounds: FlagBounds,
  order: ReviewOrder,
  beginning: Beginning | null,
  limit: number,
): Promise<QueueRecord[]> {
  const places = new Places();
  const samples = partitionOf("samples", keys.dataset);
  const from = flagsWithin(bounds, { ...keys, samples }, places);
  const { sql, type } = SORTED_BY[order];
  const next = beginning ? `AND (${sql}, f.rank) ${placed(beginning, type, places)}` : "";
  // Only the rows of the page are joined with their texts and probabilities.
  const { rows } = await poolOf(store).query<QueueRecord>(
    `WITH page AS MATERIALIZED (
       SELECT f.*, ${sql} AS sorted_by, NULL AS review
       FROM ${from} ${next} ORDER BY ${orderBy(order)} LIMIT ${places.of(limit)})
     SELECT page.*, s.id::float8 AS sample_id, s.line, s.external_id, s.text, s.true_class_index,
       s.cells, p.probs, e.evidence
     FROM page JOIN ${samples} s ON s.dataset_key = ${places.of(keys.dataset)} AND s.ordinal = page.ordinal
     LEFT JOIN ${partitionOf("fold_probabilities", keys.run)} p
       ON p.cross_validation_key = ${places.of(keys.run)} AND p.ordinal = page.ordinal
     LEFT JOIN flag_evidence e ON e.pruning_key = page.pruning_key AND e.ordinal = page.ordinal
     ORDER BY page.sorted_by, page.rank`,
    places.values,
  );
  return rows;
}

/** SQL: `> ($1, $2)`. */
function placed(beginning: Beginning, type: string, places: Places): string {
  const isAfter = "after" in beginning;
  const [sortedBy, rank] = isAfter ? beginning.after : beginning.from;
  return `${isAfter ? ">" : ">="} (${places.of(sortedBy)}::${type}, ${places.of(rank)}::int4)`;
}

/** The classes of the nine highest of K little-endian float32 probabilities. */
export function likeliest(probs: Buffer | null, names: readonly string[]): QueuedFlag["likeliest"] {
  if (!probs) return [];
  const all = names.map((label, k) => ({ label, probability: probs.readFloatLE(4 * k) }));
  return all.sort((a, b) => b.probability - a.probability).slice(0, LIKELIEST);
}
