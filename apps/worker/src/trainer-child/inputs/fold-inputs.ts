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
import type { SharedCache } from "../../run-files/shared-cache.js";
import { assignRunFolds } from "./run-folds.js";
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

/** How texts are read: a checkpoint's pieces, or (null) those learned from the texts. */
export interface Reading {
  readonly vocabulary: Vocabulary | null;
  readonly lowerCase: boolean;
}

/**
 * Reads a dataset as tokens and assigns each row to a fold. The texts are read only if the tokens or
 * the groups of near-duplicates are not in the cache.
 */
export async function readFoldInputs(
  store: Store,
  datasetId: string,
  params: TokenTraining,
  cache: SharedCache,
  reading: Reading,
): Promise<FoldInputs> {
  const { labels, classCount } = await readLabels(store, datasetId);
  const n = labels.length;
  const texts = once(async () => (await readTrainingData(store, datasetId)).texts);
  const { model } = params;
  const { vocabulary, lowerCase } = reading;
  const source = vocabulary ? vocabulary.tokens : learningOf(params);
  const settings = stringify([
    GENERATION,
    source,
    { ...model.tokenizer, lowerCase },
    model.maxLength,
  ]);
  const { value, made } = await cache.take(
    sharedFileName(datasetId, sha256Of(settings), "tokens"),
    {
      make: async () => tokenise(await texts(), params, reading),
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
  params: TokenTraining,
  { vocabulary: given, lowerCase }: Reading,
): TokenisedTexts {
  const { maxLength, tokenizer: asked } = params.model;
  const vocabulary = given ?? learnVocabulary(texts, { ...learningOf(params), lowerCase });
  const tokenizer = createTokenizer(vocabulary, { ...asked, lowerCase, maxLength });
  const { ids, offsets } = tokenizer.encodeAll(texts);
  const small = vocabulary.tokens.length <= 0x1_0000;
  return {
    tokens: { ids: small ? Uint16Array.from(ids) : ids, offsets },
    vocabulary: vocabulary.tokens,
  };
}

/** How a vocabulary is learned; a BERT has its own. */
const learningOf = ({ model }: TokenTraining) => (model.kind === "bert" ? {} : model.vocabulary);

const sha256Of = (settings: string): string => createHash("sha256").update(settings).digest("hex");

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= work();
    return started;
  };
}
