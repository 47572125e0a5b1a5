import { utimes } from "node:fs/promises";
import type { FoldRows, RowShard, SoftTargets } from "@winnow/encoder";
import { rowsOfFold } from "./fold-split.js";
import { readTokenShard, type ShardInfo, type TokenShard } from "./token-shards.js";

/** A dataset's shards: where they lie, and what is known of them. */
export interface ShardFiles {
  readonly paths: readonly string[];
  readonly shards: readonly ShardInfo[];
}

/** A fold's rows in shards. Plain data: a thread can open it too. */
export interface ShardedFold extends ShardFiles {
  /** Each row's fold, (n); `NOT_LEARNED` for one that is neither learned from nor held out. */
  readonly folds: Uint8Array;
  readonly fold: number;
  readonly softTargets: SoftTargets | null;
  readonly trainRows: readonly number[];
  readonly classCounts: Float64Array;
  /** The held-out rows of the dataset, ascending, and their given class indices. */
  readonly testOrdinals: Int32Array;
  readonly testLabels: Int32Array;
}

/** More than any fold's number. */
const NOT_LEARNED = 255;

/** Reads every shard once. Throws `ShardsLost`. */
export async function shardFold(
  files: ShardFiles,
  folds: Uint8Array,
  {
    fold,
    classes,
    dropped,
    softTargets,
  }: {
    readonly fold: number;
    readonly classes: number;
    /** Rows that nothing is learned from. */
    readonly dropped: ReadonlySet<number>;
    readonly softTargets: SoftTargets | null;
  },
): Promise<ShardedFold> {
  // A thread shares it: a copy would grow with the rows.
  const own = new Uint8Array(new SharedArrayBuffer(folds.length));
  own.set(folds);
  for (const row of dropped) if (own[row] !== fold) own[row] = NOT_LEARNED;
  const testOrdinals = rowsOfFold(own, fold);
  const testLabels = new Int32Array(testOrdinals.length);
  const classCounts = new Float64Array(classes);
  const trainRows: number[] = [];
  for (const index of files.paths.keys()) {
    const { ordinals, labels } = await readShard(files, index);
    let learned = 0;
    ordinals.forEach((row, i) => {
      const of = own[row]!;
      if (of === fold) testLabels[placeOf(testOrdinals, row)] = labels[i]!;
      else if (of !== NOT_LEARNED) {
        classCounts[labels[i]!]!++;
        learned++;
      }
    });
    trainRows.push(learned);
  }
  return {
    ...files,
    ...{ folds: own, fold, softTargets, trainRows, classCounts, testOrdinals, testLabels },
  };
}

/** The rows as a training reads them: one shard in memory at a time. */
export function shardedRows(place: ShardedFold): FoldRows {
  const { shards, trainRows, classCounts, testLabels, folds, fold, softTargets } = place;
  return {
    ...{ trainRows, classCounts, testLabels },
    texts: shards.map(({ texts }) => texts),
    tokenCount: shards.reduce((sum, { tokens }) => sum + tokens, 0),
    longestText: shards.reduce((longest, shard) => Math.max(longest, shard.longest), 1),
    identity: [
      ...[Buffer.from(shards.map(({ sha256 }) => sha256).join()), folds, Int32Array.of(fold)],
      ...Object.values(softTargets ?? {}),
    ],
    readShard: async (index) => rowsOfShard(await readShard(place, index), place),
  };
}

function rowsOfShard(
  { ordinals, labels, tokens }: TokenShard,
  { folds, fold, testOrdinals, softTargets }: ShardedFold,
): RowShard {
  const texts = Int32Array.from(ordinals.keys());
  const testIndices = texts.filter((text) => folds[ordinals[text]!] === fold);
  return {
    ...{ tokens, labels, testIndices },
    trainIndices: texts.filter((text) => {
      const of = folds[ordinals[text]!];
      return of !== fold && of !== NOT_LEARNED;
    }),
    testPlaces: testIndices.map((text) => placeOf(testOrdinals, ordinals[text]!)),
    softTargets: softTargets ? targetsOf(softTargets, ordinals) : undefined,
  };
}

/** Those of some rows. */
function targetsOf(all: SoftTargets, ordinals: Int32Array): SoftTargets {
  const offsets = new Int32Array(ordinals.length + 1);
  ordinals.forEach((row, i) => {
    offsets[i + 1] = offsets[i]! + all.offsets[row + 1]! - all.offsets[row]!;
  });
  const classes = new Int32Array(offsets.at(-1)!);
  const probabilities = new Float32Array(classes.length);
  ordinals.forEach((row, i) => {
    const [from, to] = [all.offsets[row]!, all.offsets[row + 1]!];
    classes.set(all.classes.subarray(from, to), offsets[i]);
    probabilities.set(all.probabilities.subarray(from, to), offsets[i]);
  });
  return { offsets, classes, probabilities };
}

async function readShard({ paths, shards }: ShardFiles, index: number): Promise<TokenShard> {
  const path = paths[index]!;
  const shard = await readTokenShard(path, shards[index]!);
  if (shard === null) throw new ShardsLost(index);
  // Files are swept by the time of their last use.
  await utimes(path, new Date(), new Date()).catch(() => {});
  return shard;
}

/** A shard is gone or damaged: the tokens have to be made again. */
export class ShardsLost extends Error {
  constructor(shard: number) {
    super(`shard ${shard} of the tokens is gone or damaged; they are made again`);
  }
}

/** Where `row` is among ascending rows that hold it. */
function placeOf(rows: Int32Array, row: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
