import { AppError, type DatasetDiff, type DiffRow, type Page } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { partitionOf } from "../database/partitions.js";
import { classNames } from "../datasets/datasets.js";
import { readLabels } from "../datasets/samples.js";
import { readOrigins } from "./origins.js";
import { reviewedDataset } from "./reviewed-dataset.js";

export type DiffChange = "relabelled" | "dropped" | "added";

/** One dataset's rows, by their ordinal in the dataset that was read from the file. */
interface Side {
  readonly key: number;
  readonly rootKey: number;
  readonly names: readonly string[];
  /** (n) ascending. */
  readonly origins: Int32Array;
  /** (n) class indexes. */
  readonly labels: Int32Array;
}

/** A row of either dataset; -1 where it is not in it. */
interface Met {
  readonly origin: number;
  readonly own: number;
  readonly other: number;
}

/**
 * What changed from the dataset `againstId` to this one. Throws `dataset-not-found`,
 * `dataset-not-ready`, and `invalid-parameters` if they do not come from the same file.
 */
export async function datasetDiff(
  store: Store,
  id: string,
  againstId: string,
): Promise<DatasetDiff> {
  const [now, before] = await readSides(store, id, againstId);
  const counts = { unchanged: 0, relabelled: 0, dropped: 0, added: 0 };
  const classes = new Map<string, DatasetDiff["classes"][number]>();
  const classOf = (name: string) => {
    const found = classes.get(name) ?? {
      ...{ name, before: 0, after: 0, relabelledTo: 0, relabelledFrom: 0, dropped: 0, added: 0 },
    };
    classes.set(name, found);
    return found;
  };
  for (const name of [...before.names, ...now.names]) classOf(name);
  for (const met of rowsOf(now, before)) {
    const after = met.own === -1 ? null : classOf(nameOf(now, met.own));
    const was = met.other === -1 ? null : classOf(nameOf(before, met.other));
    if (after) after.after += 1;
    if (was) was.before += 1;
    counts[changeOf(after?.name, was?.name) ?? "unchanged"] += 1;
    if (!after) was!.dropped += 1;
    else if (!was) after.added += 1;
    else if (after !== was) {
      after.relabelledTo += 1;
      was.relabelledFrom += 1;
    }
  }
  return { datasetId: id, againstId, ...counts, classes: [...classes.values()] };
}

const nameOf = ({ names, labels }: Side, ordinal: number) => names[labels[ordinal]!] ?? "";

function changeOf(after: string | undefined, before: string | undefined): DiffChange | null {
  if (after === before) return null;
  if (after === undefined) return "dropped";
  return before === undefined ? "added" : "relabelled";
}

/** The rows that changed, by their place in the file, one page. Throws what `datasetDiff` throws. */
export async function listDatasetDiffRows(
  store: Store,
  id: string,
  filter: PageRequest & { readonly against: string; readonly change?: DiffChange | undefined },
): Promise<Page<DiffRow>> {
  const { against, change: wanted } = filter;
  const [now, before] = await readSides(store, id, against);
  return readPage(filter, {
    list: ["diff", id, against, wanted],
    keys: ["int4"],
    async read(after, limit) {
      const found: (Met & Pick<DiffRow, "change" | "before" | "after">)[] = [];
      for (const met of rowsOf(now, before)) {
        if (after && met.origin <= after[0]) continue;
        const is = met.own === -1 ? undefined : nameOf(now, met.own);
        const was = met.other === -1 ? undefined : nameOf(before, met.other);
        const change = changeOf(is, was);
        if (change === null || (wanted !== undefined && change !== wanted)) continue;
        found.push({ ...met, change, before: was ?? null, after: is ?? null });
        if (found.length === limit) break;
      }
      return withTexts(store, now, before, found);
    },
    keysOf: (row) => [row.origin],
    view: ({ origin: _, ...row }) => row,
  });
}

async function withTexts<T extends Met>(store: Store, now: Side, before: Side, rows: readonly T[]) {
  const [own, other] = await Promise.all([
    textsOf(
      store,
      now.key,
      rows.map((row) => row.own),
    ),
    // Only of those that the first does not have.
    textsOf(
      store,
      before.key,
      rows.flatMap((row) => (row.own === -1 ? row.other : [])),
    ),
  ]);
  return rows.map(({ own: ordinal, other: againstOrdinal, ...row }) => ({
    ...row,
    ordinal: ordinal === -1 ? null : ordinal,
    againstOrdinal: againstOrdinal === -1 ? null : againstOrdinal,
    ...(own.get(ordinal) ?? other.get(againstOrdinal) ?? { line: 0, text: "" }),
  }));
}

async function textsOf(store: Store, key: number, ordinals: readonly number[]) {
  const { rows } = await poolOf(store).query<{ ordinal: number; line: number; text: string }>(
    `SELECT ordinal, line, text FROM ${partitionOf("samples", key)}
     WHERE dataset_key = $1 AND ordinal = ANY($2)`,
    [key, ordinals],
  );
  return new Map(rows.map(({ ordinal, line, text }) => [ordinal, { line, text }]));
}

/** The rows of both, merged by their origin. */
function* rowsOf(now: Side, before: Side): Generator<Met> {
  let [own, other] = [0, 0];
  while (own < now.origins.length || other < before.origins.length) {
    const a = now.origins[own] ?? Infinity;
    const b = before.origins[other] ?? Infinity;
    yield {
      origin: Math.min(a, b),
      own: a <= b ? own++ : -1,
      other: b <= a ? other++ : -1,
    };
  }
}

async function readSides(store: Store, id: string, againstId: string): Promise<[Side, Side]> {
  const [now, before] = [await readSide(store, id), await readSide(store, againstId)];
  if (now.rootKey === before.rootKey) return [now, before];
  const detail = "comes from another file, or was derived by a version that kept no origins";
  throw new AppError("invalid-parameters", `${againstId} ${detail}.`, {
    errors: [{ pointer: "/query/against", detail }],
  });
}

async function readSide(store: Store, id: string): Promise<Side> {
  const { key, rows } = await reviewedDataset(store, id);
  const [names, { rootKey, ordinals }, { labels }] = await Promise.all([
    classNames(store, id),
    readOrigins(store, key, rows),
    readLabels(store, id),
  ]);
  return { key, rootKey, names, origins: ordinals, labels };
}
