import {
  AppError,
  type Dataset,
  type DatasetClass,
  type DatasetProfile,
  DatasetSource,
  type DatasetState,
  type FileLayout,
  type Page,
  type Reject,
  type Sample,
} from "@winnow/contracts";
import { poolOf, prismaOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import type { Dataset as DatasetRow } from "../generated/client.js";
import { annotatorNames, votesOf } from "./annotators.js";
import { columnValues, readCells, readLayout } from "./cells.js";

interface OfOwner {
  /** For a key that sees only what it made: the datasets of others are left out. */
  readonly ownerId?: string | undefined;
}

/** Datasets newest first, one page. */
export function listDatasets(store: Store, page: PageRequest & OfOwner): Promise<Page<Dataset>> {
  const { ownerId } = page;
  return readPage(page, {
    list: ["datasets", ownerId],
    keys: ["string"],
    async read(after, limit) {
      const rows = await prismaOf(store).dataset.findMany({
        where: {
          ...(after && { id: { lt: after[0] } }),
          ...(ownerId !== undefined && { ownerId }),
        },
        orderBy: { id: "desc" },
        take: limit,
      });
      const same = await sameFiles(store, rows, ownerId);
      return rows.map((row) => ({ row, same }));
    },
    keysOf: ({ row }) => [row.id],
    view: ({ row, same }) => datasetView(row, same),
  });
}

/** Throws `dataset-not-found`. */
export async function readDataset(
  store: Store,
  id: string,
  { ownerId }: OfOwner = {},
): Promise<Dataset> {
  const row = await findDataset(store, id);
  return datasetView(row, await sameFiles(store, [row], ownerId));
}

/** The format and columns of its file; null for one of before they were recorded. */
export async function readFileLayout(store: Store, id: string): Promise<FileLayout | null> {
  return readLayout((await findDataset(store, id)).layout);
}

/** The integer that the dataset's partition is named after. Throws `dataset-not-found`. */
export async function datasetKeyOf(store: Store, id: string): Promise<number> {
  return (await findDataset(store, id)).key;
}

/** Throws `dataset-not-found`, `dataset-not-ready`. */
export async function readProfile(store: Store, id: string): Promise<DatasetProfile> {
  const row = await findDataset(store, id);
  if (!row.profile) {
    throw new AppError("dataset-not-ready", `The dataset is ${row.state}; it has no profile.`);
  }
  return row.profile as unknown as DatasetProfile;
}

/** The classes in index order, one page. */
export async function listClasses(
  store: Store,
  id: string,
  page: PageRequest,
): Promise<Page<DatasetClass>> {
  await findDataset(store, id);
  return readPage(page, {
    list: ["classes", id],
    keys: ["int4"],
    read: (after, limit) =>
      prismaOf(store).datasetClass.findMany({
        where: { datasetId: id, index: { gt: after?.[0] ?? -1 } },
        orderBy: { index: "asc" },
        take: limit,
        select: { index: true, name: true, count: true },
      }),
    keysOf: (row) => [row.index],
    view: (row) => row,
  });
}

/** All class names by index. */
export async function classNames(store: Store, id: string): Promise<string[]> {
  const rows = await prismaOf(store).datasetClass.findMany({
    where: { datasetId: id },
    orderBy: { index: "asc" },
    select: { name: true },
  });
  return rows.map((row) => row.name);
}

/** The lines that were not kept, in file order, one page. */
export async function listRejects(
  store: Store,
  id: string,
  page: PageRequest,
): Promise<Page<Reject>> {
  await findDataset(store, id);
  return readPage(page, {
    list: ["rejects", id],
    keys: ["int8"],
    read: (after, limit) =>
      prismaOf(store).reject.findMany({
        where: { datasetId: id, id: { gt: after?.[0] ?? 0 } },
        orderBy: { id: "asc" },
        take: limit,
      }),
    keysOf: (row) => [Number(row.id)],
    view: ({ line, reason, detail, excerpt }) => ({ line, reason, detail, excerpt }),
  });
}

/** The samples in input order, one page. */
export async function listSamples(
  store: Store,
  id: string,
  page: PageRequest,
): Promise<Page<Sample>> {
  const { key, layout: stored, profile } = await findDataset(store, id);
  const layout = readLayout(stored);
  const names = await classNames(store, id);
  const annotators = annotatorNames(profile);
  return readPage(page, {
    list: ["samples", id],
    keys: ["int4"],
    async sizes(after, limit) {
      const { rows } = await poolOf(store).query<{ bytes: number }>(
        `SELECT octet_length(text) + coalesce(octet_length(cells), 0)
           + 20 * coalesce(cardinality(votes), 0) AS bytes FROM samples
         WHERE dataset_key = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3`,
        [key, after?.[0] ?? -1, limit],
      );
      return rows.map(({ bytes }) => bytes);
    },
    read: (after, limit) =>
      prismaOf(store).sample.findMany({
        where: { datasetKey: key, ordinal: { gt: after?.[0] ?? -1 } },
        orderBy: { ordinal: "asc" },
        take: limit,
      }),
    keysOf: (row) => [row.ordinal],
    view: (row) => ({
      sampleId: Number(row.id),
      ordinal: row.ordinal,
      line: row.line,
      externalId: row.externalId,
      text: row.text,
      label: names[row.classIndex] ?? "",
      labelIndex: row.classIndex,
      allLabels: row.allClassIndexes.map((index) => names[index] ?? ""),
      trueLabel: row.trueClassIndex === null ? null : (names[row.trueClassIndex] ?? null),
      votes: votesOf(row.votes, annotators, names),
      labelQuality: row.labelQuality,
      columns: columnValues(readCells(row.cells), layout),
    }),
  });
}

async function findDataset(store: Store, id: string): Promise<DatasetRow> {
  const row = await prismaOf(store).dataset.findUnique({ where: { id } });
  if (!row) throw new AppError("dataset-not-found", `No dataset has the id ${id}.`);
  return row;
}

/** Datasets by the checksum of the file they were read from, for the checksums of `rows`. */
async function sameFiles(
  store: Store,
  rows: readonly DatasetRow[],
  ownerId: string | undefined,
): Promise<Map<string, string[]>> {
  const sums = rows.flatMap((row) => row.sha256 ?? []);
  const found = new Map<string, string[]>();
  if (sums.length === 0) return found;
  const same = await prismaOf(store).dataset.findMany({
    where: { sha256: { in: sums }, ...(ownerId !== undefined && { ownerId }) },
    select: { id: true, sha256: true },
    orderBy: { id: "asc" },
  });
  for (const { id, sha256 } of same) {
    found.set(sha256 as string, [...(found.get(sha256 as string) ?? []), id]);
  }
  return found;
}

function datasetView(row: DatasetRow, same: ReadonlyMap<string, string[]>): Dataset {
  const layout = readLayout(row.layout);
  return {
    id: row.id,
    name: row.name,
    state: row.state as DatasetState,
    rows: row.rows,
    rejected: row.rejected,
    classes: row.classCount,
    hasTrueLabels: row.hasTrueLabels,
    annotators: annotatorNames(row.profile).length,
    sha256: row.sha256,
    parentId: row.parentId,
    ...originOf(row.source),
    sameFileAs: (same.get(row.sha256 ?? "") ?? []).filter((id) => id !== row.id),
    format: layout?.format.type ?? null,
    columns: layout?.columns.map(({ name, type, role }) => ({ name, type, role })) ?? [],
    createdAt: row.createdAt.toISOString(),
  };
}

function originOf(stored: unknown): Pick<Dataset, "version" | "consensus"> {
  const source = DatasetSource.safeParse(stored);
  const { type, ...origin } = source.success ? source.data : { type: null };
  return {
    version: type === "pruning" ? (origin as Dataset["version"]) : null,
    consensus: type === "consensus" ? (origin as Dataset["consensus"]) : null,
  };
}
