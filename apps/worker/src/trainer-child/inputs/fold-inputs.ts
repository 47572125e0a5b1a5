import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TokenTraining } from "@winnow/contracts";
import {
  createTokenizer,
  learnVocabulary,
  SHARD_ROWS,
  type Vocabulary,
  VocabularyLearner,
} from "@winnow/encoder";
import { folderPath, sharedFileName } from "@winnow/storage";
import {
  readDatasetShape,
  readLabels,
  readTextRows,
  readTrainingData,
  type Store,
} from "@winnow/store";
import { stringify } from "safe-stable-stringify";
import type { SharedCache } from "../../run-files/shared-cache.js";
import { splitOf } from "./fold-split.js";
import type { RowsPlace } from "./rows-place.js";
import { assignRunFolds } from "./run-folds.js";
import { ShardsLost, shardFold } from "./sharded-rows.js";
import type { RunTargets } from "./soft-targets.js";
import {
  decodeFolds,
  decodeIndex,
  decodeTokens,
  encodeFolds,
  encodeIndex,
  encodeTokens,
  type TokenIndex,
  type TokenisedTexts,
} from "./token-file.js";
import { shardsOf, writeTokenShards } from "./token-shards.js";

/** Increased with every change to tokens, so that older files are not used. */
const GENERATION = 2;

/** The data that all folds of a run share. */
export interface FoldInputs {
  readonly rows: number;
  readonly classCount: number;
  /** Pieces in id order. */
  readonly vocabulary: readonly string[];
  /** false: another fold has made the tokens. */
  readonly tokensMade: boolean;
  /** Given class indices, (n). */
  labels(): Promise<Int32Array>;
  /** The rows of one fold, and what it learns from; null: the given labels. */
  fold(fold: number, targets: RunTargets | null): Promise<RowsPlace>;
}

/** How texts are read: a checkpoint's pieces, or (null) those learned from the texts. */
export interface Reading {
  readonly vocabulary: Vocabulary | null;
  readonly lowerCase: boolean;
}

export interface FoldInputsOptions {
  readonly store: Store;
  readonly storageDir: string;
  readonly cache: SharedCache;
  readonly reading: Reading;
  /** A dataset with more rows is read in shards. Default: `SHARD_ROWS`. */
  readonly shardRows?: number | undefined;
}

/**
 * Reads a dataset as tokens and assigns each row to a fold. The texts are read only if the tokens or
 * the groups of near-duplicates are not in the cache. A large dataset's tokens stay on disk.
 */
export async function readFoldInputs(
  params: TokenTraining,
  options: FoldInputsOptions,
): Promise<FoldInputs> {
  const { rows } = await readDatasetShape(options.store, params.datasetId);
  return rows > (options.shardRows ?? SHARD_ROWS)
    ? inShards(params, options)
    : inMemory(params, options);
}

async function inMemory(
  params: TokenTraining,
  { store, cache, reading }: FoldInputsOptions,
): Promise<FoldInputs> {
  const { datasetId } = params;
  const { labels, classCount } = await readLabels(store, datasetId);
  const texts = once(async () => (await readTrainingData(store, datasetId)).texts);
  const { value, made } = await cache.take(fileOf(params, reading, "tokens"), {
    make: async () => tokenise(await texts(), params, reading),
    encode: encodeTokens,
    decode: (content) => decodeTokens(content, labels.length),
  });
  const folds = await assignRunFolds(params, labels, cache, async () => [await texts()]);
  return {
    ...{ rows: labels.length, classCount, vocabulary: value.vocabulary, tokensMade: made },
    labels: async () => labels,
    async fold(fold, targets) {
      const { trainIndices, testIndices } = splitOf(folds, fold);
      return {
        ...{ kind: "memory", tokens: value.tokens, labels, classes: classCount, testIndices },
        trainIndices: trainIndices.filter((row) => !targets?.dropped.has(row)),
        ...(targets && { softTargets: targets.softTargets }),
      };
    },
  };
}

async function inShards(
  params: TokenTraining,
  { store, storageDir, cache, reading, shardRows = SHARD_ROWS }: FoldInputsOptions,
): Promise<FoldInputs> {
  const { datasetId } = params;
  const { rows, classCount } = await readDatasetShape(store, datasetId);
  const folder = folderPath(storageDir, "tokens");
  const paths = Array.from({ length: shardsOf(rows, shardRows) }, (_, shard) =>
    join(folder, fileOf(params, reading, "shard", [shardRows, shard])),
  );
  const index = fileOf(params, reading, "tokens", [shardRows]);
  const tokens = () =>
    cache.take<TokenIndex>(index, {
      async make() {
        const vocabulary = reading.vocabulary ?? (await learned(store, params, reading));
        const { encode } = tokenizerOf(vocabulary, params, reading);
        const files = { paths, folder, wideIds: !fits(vocabulary) };
        const shards = await writeTokenShards(readTextRows(store, datasetId), encode, files);
        return { shards, vocabulary: vocabulary.tokens };
      },
      encode: (made) => encodeIndex(made, rows),
      decode: (content) => decodeIndex(content, rows, paths.length),
    });
  const labels = async () => (await readLabels(store, datasetId)).labels;
  const { value, made } = await tokens();
  const { value: folds } = await cache.take(foldsFile(params), {
    make: async () => assignRunFolds(params, await labels(), cache, async () => texts()),
    encode: encodeFolds,
    decode: (content) => decodeFolds(content, rows),
  });
  async function* texts() {
    for await (const batch of readTextRows(store, datasetId)) yield batch.map(({ text }) => text);
  }
  return {
    ...{ rows, classCount, vocabulary: value.vocabulary, tokensMade: made, labels },
    async fold(fold, targets) {
      const split = {
        ...{ fold, classes: classCount, softTargets: targets?.softTargets ?? null },
        dropped: targets?.dropped ?? new Set<number>(),
      };
      const open = async ({ shards }: TokenIndex) =>
        ({ kind: "shards", ...(await shardFold({ paths, shards }, folds, split)) }) as const;
      try {
        return await open(value);
      } catch (error) {
        if (!(error instanceof ShardsLost)) throw error;
        await cache.forget(index);
        return open((await tokens()).value);
      }
    },
  };
}

/**
 * The vocabulary is learned from all texts, held-out ones too: it sees no labels, and all folds of a
 * run share it.
 */
function tokenise(
  texts: readonly string[],
  params: TokenTraining,
  reading: Reading,
): TokenisedTexts {
  const { lowerCase } = reading;
  const vocabulary =
    reading.vocabulary ?? learnVocabulary(texts, { ...learningOf(params), lowerCase });
  const { ids, offsets } = tokenizerOf(vocabulary, params, reading).encodeAll(texts);
  return {
    tokens: { ids: fits(vocabulary) ? Uint16Array.from(ids) : ids, offsets },
    vocabulary: vocabulary.tokens,
  };
}

async function learned(
  store: Store,
  params: TokenTraining,
  { lowerCase }: Reading,
): Promise<Vocabulary> {
  const learner = new VocabularyLearner({ ...learningOf(params), lowerCase });
  for await (const batch of readTextRows(store, params.datasetId)) {
    for (const { text } of batch) learner.add(text);
  }
  return learner.vocabulary();
}

function tokenizerOf(vocabulary: Vocabulary, params: TokenTraining, { lowerCase }: Reading) {
  const { maxLength, tokenizer } = params.model;
  return createTokenizer(vocabulary, { ...tokenizer, lowerCase, maxLength });
}

/** Whether every id of the vocabulary fits into 16 bits. */
const fits = ({ tokens }: Vocabulary): boolean => tokens.length <= 0x1_0000;

/** How a vocabulary is learned; a BERT has its own. */
const learningOf = ({ model }: TokenTraining) => (model.kind === "bert" ? {} : model.vocabulary);

/** The name of what the texts and their reading decide, and `part` of it. */
function fileOf(
  params: TokenTraining,
  { vocabulary, lowerCase }: Reading,
  kind: "tokens" | "shard",
  part: readonly number[] = [],
): string {
  const { datasetId, model } = params;
  const source = vocabulary ? vocabulary.tokens : learningOf(params);
  const tokenizer = { ...model.tokenizer, lowerCase };
  const settings = stringify([GENERATION, source, tokenizer, model.maxLength, ...part]);
  return sharedFileName(datasetId, sha256Of(settings), kind);
}

const foldsFile = ({ datasetId, folds, seed, nearDuplicates }: TokenTraining): string =>
  sharedFileName(
    datasetId,
    sha256Of(stringify([GENERATION, folds, seed, nearDuplicates]) ?? ""),
    "folds",
  );

const sha256Of = (settings: string): string => createHash("sha256").update(settings).digest("hex");

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= work();
    return started;
  };
}
