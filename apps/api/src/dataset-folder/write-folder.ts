import { mkdir } from "node:fs/promises";
import type { Transition } from "@winnow/confident-learning";
import { AppError, type FileLayout, type Receipt, type ReviewUse } from "@winnow/contracts";
import {
  croissant,
  datasetCard,
  type HubConfig,
  type HubFile,
  type HubFolder,
  hubFilePath,
} from "@winnow/corpus";
import { folderPath } from "@winnow/storage";
import {
  classNames,
  type ExportRow,
  openExport,
  readDataset,
  readExportSource,
  readMatrices,
  readPruning,
  type Store,
} from "@winnow/store";
import { PLAIN_LAYOUT } from "../downloads/export-formats.js";
import { type ExportRecord, isDecided, posteriorOf, recordOf } from "../downloads/export-splits.js";
import { type SoftLabel, withSoftLabels } from "../downloads/soft-labels.js";
import { ofPruning, signed, type Unsigned } from "../receipts/read-receipt.js";
import { type FolderColumn, type FolderSplit, folderColumns } from "./folder-columns.js";
import { type Shard, ShardedTable } from "./sharded-table.js";
import type { ArchiveFile } from "./tar.js";

/** What the folder says of itself beside what the service knows. */
export interface FolderWords {
  readonly name: string | null;
  readonly description: string | null;
  readonly license: string | null;
  readonly url: string | null;
  readonly creator: string | null;
}

/** A folder whose tables lie in files without names; `close` ends them. */
export interface FolderFiles {
  readonly files: readonly ArchiveFile[];
  readonly createdAt: Date;
  close(): void;
}

const DESCRIPTIONS: Readonly<Record<FolderSplit, string>> = {
  cleaned: "Rows whose given label is not doubted, and rows that people decided on",
  noise: "Rows that are not in `cleaned` with their given label, with that label",
  relabelled: "All rows that were not dropped, doubted labels replaced; `given` is what they had",
  soft: "All rows that were not dropped, with the likeliest true classes of each",
};

type SplitRow = ExportRow & { readonly soft?: readonly SoftLabel[] };

interface Table {
  readonly split: FolderSplit;
  readonly columns: readonly FolderColumn[];
  readonly table: ShardedTable;
}

/**
 * All splits of a pruning as a folder that `datasets.load_dataset` opens, as of one moment: one pass
 * over the rows writes every table to files without names below `storageDir`. Memory is one row group
 * a table. Throws `pruning-not-found`, `pruning-not-finished`, and the signal's reason.
 */
export async function writeFolder(
  { store, storageDir }: { readonly store: Store; readonly storageDir: string },
  pruningId: string,
  options: {
    readonly words: FolderWords;
    readonly reviews: ReviewUse;
    readonly version: string;
    readonly signal: AbortSignal;
  },
): Promise<FolderFiles> {
  const { words, reviews, version, signal } = options;
  const { layout, hasTrueLabels, annotators } = await readExportSource(store, pruningId);
  // The pruning's time: the same rows are the same bytes, whenever they are written.
  const { datasetId, createdAt } = await readPruning(store, pruningId);
  const dataset = await readDataset(store, datasetId);
  const classes = await classNames(store, datasetId);
  const transition = await softOf(store, pruningId);
  const soft: readonly FolderSplit[] = transition ? ["soft"] : [];
  const kinds: readonly FolderSplit[] = ["cleaned", "noise", "relabelled", ...soft];
  const scratch = folderPath(storageDir, "downloads");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const about = { layout: layout ?? PLAIN_LAYOUT, hasTrueLabels, annotators, classes };
  const tables = kinds.map((split) => tableOf(split, about, scratch));
  const close = () => {
    for (const { table } of tables) table.close();
  };
  try {
    for await (const row of await rowsOf(store, pruningId, { reviews, transition, classes })) {
      signal.throwIfAborted();
      addRow(tables, row);
    }
    const written = tables.map((one) => ({ ...one, shards: one.table.finish() }));
    const receipt = await ofPruning({ store, version, signal }, pruningId);
    const configs = written.map(configOf);
    const folder: HubFolder = {
      ...words,
      name: words.name ?? dataset.name,
      createdAt,
      classes,
      configs: configs.filter(({ rows }) => rows > 0),
      source: { name: dataset.name, sha256: dataset.sha256 },
      madeBy: `winnow ${version}`,
      notes: notesOf(configs, transition),
    };
    const files = filesOf(folder, written, { ...receipt, export: exportOf(folder, reviews) });
    return { files, createdAt: new Date(createdAt), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** null: the pruning is of a version without soft labels. */
async function softOf(store: Store, pruningId: string): Promise<Transition | null> {
  try {
    return posteriorOf(await readMatrices(store, pruningId));
  } catch (error) {
    if (error instanceof AppError && error.code === "not-implemented") return null;
    throw error;
  }
}

function tableOf(
  split: FolderSplit,
  about: {
    readonly layout: FileLayout;
    readonly hasTrueLabels: boolean;
    readonly annotators: number;
    readonly classes: readonly string[];
  },
  scratch: string,
): Table {
  const columns = folderColumns({ split, ...about });
  return { split, columns, table: new ShardedTable(columns, scratch) };
}

async function rowsOf(
  store: Store,
  pruningId: string,
  {
    reviews,
    transition,
    classes,
  }: {
    readonly reviews: ReviewUse;
    readonly transition: Transition | null;
    readonly classes: readonly string[];
  },
): Promise<AsyncIterable<SplitRow>> {
  const probabilities = transition !== null;
  const wanted = { rows: "all", reviews, probabilities, allSplits: true } as const;
  const rows = await openExport(store, pruningId, wanted);
  return transition ? withSoftLabels(rows, transition, classes) : rows;
}

function addRow(tables: readonly Table[], row: SplitRow): void {
  for (const { split, columns, table } of tables) {
    const labelAfter = row.bySplit?.[split] ?? null;
    if (labelAfter === null) continue;
    const record: ExportRecord =
      split === "soft"
        ? { ...recordOf({ ...row, labelAfter: row.label }), soft: softLabelsOf(row, labelAfter) }
        : { ...recordOf({ ...row, labelAfter }), given: row.label };
    table.add(columns.map(({ cellOf }) => cellOf(record)));
  }
}

const softLabelsOf = (row: SplitRow, label: string): readonly SoftLabel[] =>
  isDecided(row) ? [{ label, probability: 1 }] : (row.soft ?? []);

function configOf({ split, columns, table, shards }: Table & { shards: readonly Shard[] }) {
  const files = shards.map(
    ({ file, sha256 }, i): HubFile => ({
      path: hubFilePath(split, i, shards.length),
      bytes: file.length,
      sha256,
    }),
  );
  return { name: split, description: DESCRIPTIONS[split], rows: table.rows, columns, files };
}

function notesOf(configs: readonly HubConfig[], transition: Transition | null): string[] {
  const empty = configs.filter(({ rows }) => rows === 0).map(({ name }) => `\`${name}\``);
  return [
    ...(empty.length > 0
      ? [`No row is in ${empty.join(", ")}, so the folder has no such table.`]
      : []),
    ...(transition
      ? []
      : ["`soft` is missing: a version without soft labels made the pruning. Prune again."]),
  ];
}

const exportOf = ({ configs }: HubFolder, reviews: ReviewUse): Receipt["export"] => ({
  reviews,
  tables: configs.map(({ name, rows, files }) => ({
    name,
    rows,
    files: files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
  })),
});

function filesOf(
  folder: HubFolder,
  written: readonly { readonly split: FolderSplit; readonly shards: readonly Shard[] }[],
  receipt: Unsigned,
): ArchiveFile[] {
  return [
    textFile("README.md", datasetCard(folder)),
    textFile("croissant.json", json(croissant(folder))),
    textFile("receipt.json", json(signed(receipt))),
    ...folder.configs.flatMap((config) => {
      const shards = written.find(({ split }) => split === config.name)?.shards ?? [];
      return shards.map(({ file }, i) => ({
        name: config.files[i]!.path,
        bytes: file.length,
        chunks: file.chunks(),
      }));
    }),
  ];
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

function textFile(name: string, text: string): ArchiveFile {
  const bytes = Buffer.from(text, "utf8");
  return { name, bytes: bytes.length, chunks: [bytes] };
}
