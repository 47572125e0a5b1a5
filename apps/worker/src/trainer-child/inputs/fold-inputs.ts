import { createHash } from "node:crypto";
import type { TokenTraining } from "@winnow/contracts";
import {
  createTokenizer,
  learnVocabulary,
  type TokenTable,
  type Vocabulary,
} from "@winnow/encoder";
import { sharedFileName } from "@winnow/storage";
import { readLabels, readTrainingData, type Store } from "@winnow/store";
import { stringify } from "safe-stable-stringify";
import { assignRunFolds } from "./run-folds.js";
import type { SharedCache } from "./shared-cache.js";
import { decodeTokens, encodeTokens, type TokenisedTexts } from "./token-file.js";

/** Increased with every change to tokens, so that older files are not used. */
const GENERATION = 2;

/** The data that all folds of a run share. */
export interface FoldInputs {
  readonly tokens: TokenTable;
  /** Pieces in id order. */
  readonly vocabulary: readonly string[];
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** The fold of each row, (n). */
  readonly folds: Uint8Array;
  /** false: another fold has made the tokens. */
  readonly tokensMade: boolean;
}

/**
 * Reads a dataset as tokens and assigns each row to a fold. The texts are read only if the tokens or
 * the groups of near-duplicates are not in the cache. `vocabulary` is a checkpoint's; null: it is
 * learned from the texts.
 */
export async function readFoldInputs(
  store: Store,
  datasetId: string,
  params: TokenTraining,
  cache: SharedCache,
  vocabulary: Vocabulary | null,
): Promise<FoldInputs> {
  const { labels, classCount } = await readLabels(store, datasetId);
  const n = labels.length;
  const texts = once(async () => (await readTrainingData(store, datasetId)).texts);
  const { tokenizer, maxLength } = params.model;
  const source = vocabulary ? vocabulary.tokens : params.model.vocabulary;
  const settings = stringify([GENERATION, source, tokenizer, maxLength]);
  const { value, made } = await cache.take(
    sharedFileName(datasetId, sha256Of(settings), "tokens"),
    {
      make: async () => tokenise(await texts(), params, vocabulary),
      encode: encodeTokens,
      decode: (content) => decodeTokens(content, n),
    },
  );
  return {
    tokens: value.tokens,
    vocabulary: value.vocabulary,
    labels,
    classCount,
    folds: await assignRunFolds(params, labels, cache, texts),
    tokensMade: made,
  };
}

/**
 * The vocabulary is learned from all texts, held-out ones too: it sees no labels, and all folds of a
 * run share it.
 */
function tokenise(
  texts: readonly string[],
  { model }: TokenTraining,
  given: Vocabulary | null,
): TokenisedTexts {
  const { maxLength } = model;
  const { lowerCase } = model.tokenizer;
  const vocabulary = given ?? learnVocabulary(texts, { ...model.vocabulary, lowerCase });
  const tokenizer = createTokenizer(vocabulary, { ...model.tokenizer, maxLength });
  const { ids, offsets } = tokenizer.encodeAll(texts);
  const small = vocabulary.tokens.length <= 0x1_0000;
  return {
    tokens: { ids: small ? Uint16Array.from(ids) : ids, offsets },
    vocabulary: vocabulary.tokens,
  };
}

const sha256Of = (settings: string): string => createHash("sha256").update(settings).digest("hex");

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= work();
    return started;
  };
}
