import { createHash } from "node:crypto";
import { stringify } from "safe-stable-stringify";
import { type Checkpoint, readCheckpoint } from "../checkpoints/checkpoint.js";
import type { ReadFile } from "../checkpoints/stored-weights.js";
import { EncoderError } from "../errors.js";
import type { EncoderConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { TokenBatch } from "../text/batches.js";
import type { TextTokenizer } from "../text/tokenizer.js";
import { openRowEngine, type RowEngine } from "./row-engine.js";

/** How a text's token rows become its vector: their mean, or the row of [CLS]. */
export type VectorPooling = "mean" | "cls";

export interface SentenceEncoderOptions {
  /** Default "mean". */
  readonly pooling?: VectorPooling | undefined;
  /** Most ids of a text, [CLS] and [SEP] counted; default 128, or what the model takes. */
  readonly maxLength?: number | undefined;
  /** Which of the folder's files; default: the first that is there. */
  readonly format?: Checkpoint["format"] | undefined;
  /** How a file of the folder is read. */
  readonly readFile?: ReadFile | undefined;
  /** Chooses the backend, before the first text is encoded. Default: it is chosen already. */
  readonly selectBackend?: (() => Promise<unknown>) | undefined;
}

/** A pretrained encoder, which turns texts into vectors; nothing is computed before the first batch. */
export interface SentenceEncoder {
  /** d, the numbers of a vector. */
  readonly width: number;
  readonly config: EncoderConfig;
  readonly tokenizer: TextTokenizer;
  /** Rows of the word embeddings: ids are below it. */
  readonly vocabularySize: number;
  /** A digest of whatever determines a text's vector: weights, configuration, tokenizer, options. */
  readonly fingerprint: string;
  /** (B, d) of a batch, not normalised. */
  vectors(tokens: TokenBatch): Promise<Float32Array>;
  /** Frees the weights. */
  dispose(): void;
}

const DEFAULT_LENGTH = 128;
/** Changes with whatever makes other vectors of the same files. */
const GENERATION = 2;

/**
 * Opens an ALBERT or BERT folder as an encoder of texts: all blocks, and the mean of the last one's
 * rows or its row of [CLS]. Throws what `readCheckpoint` throws.
 */
export async function openSentenceEncoder(
  folder: string,
  options: SentenceEncoderOptions = {},
): Promise<SentenceEncoder> {
  const { pooling = "mean", format, readFile, selectBackend = async () => {} } = options;
  const checkpoint = await readCheckpoint(folder, {
    head: { tap: "last", pooling },
    format,
    readFile,
  });
  const { config, vocabularySize } = checkpoint;
  const maxLength = options.maxLength ?? Math.min(DEFAULT_LENGTH, config.maxPositions);
  if (!Number.isInteger(maxLength) || maxLength < 3 || maxLength > config.maxPositions) {
    throw new EncoderError(
      "bad-config",
      `maxLength ${maxLength} is not a whole number of 3 to ${config.maxPositions}, the positions of ${folder}.`,
    );
  }
  const tokenizer = checkpoint.tokenizer(maxLength);
  const weights: Weights = new Map(
    [...checkpoint.weights].filter(([name]) => !/^(classifier|wide)/.test(name)),
  );
  const fingerprint = fingerprintOf(config, weights, tokenizer, maxLength);
  const engine = lazily(async () => {
    await selectBackend();
    return openRowEngine(config, weights);
  });
  return {
    width: config.hiddenSize,
    config,
    tokenizer,
    vocabularySize,
    fingerprint,
    vectors: async (tokens) => rowsOf(await engine.open(), tokens, vocabularySize),
    dispose: () => engine.opened?.dispose(),
  };
}

/** What is opened by the first who asks. */
function lazily<T>(open: () => Promise<T>): { open(): Promise<T>; readonly opened: T | null } {
  let opening: Promise<T> | undefined;
  let opened: T | null = null;
  return {
    async open() {
      opening ??= open();
      opened = await opening;
      return opened;
    },
    get opened() {
      return opened;
    },
  };
}

async function rowsOf(
  engine: RowEngine,
  tokens: TokenBatch,
  vocabularySize: number,
): Promise<Float32Array> {
  const outside = tokens.ids.find((id) => id < 0 || id >= vocabularySize);
  if (outside !== undefined) {
    throw new EncoderError(
      "bad-vocabulary",
      `The tokenizer gives the id ${outside}, and the model has ${vocabularySize} word embeddings; take both from the same model.`,
    );
  }
  return engine.rows(tokens);
}

/** Texts whose ids differ between any two tokenizers of different words, case or accents. */
const PROBES = [
  "The quick brown fox jumps over 13 lazy dogs, doesn't it?",
  "ÉCOLE été naïve Straße",
  "上海的天气很好，微信支付",
  "unaffable antidisestablishmentarianism xqzj",
  "ひらがな 한국어 русский العربية",
];

function fingerprintOf(
  config: EncoderConfig,
  weights: Weights,
  tokenizer: TextTokenizer,
  maxLength: number,
): string {
  const { initializerRange: _, hiddenDropout: __, attentionDropout: ___, ...computed } = config;
  const hash = createHash("sha256").update(stringify([GENERATION, computed, maxLength]) ?? "");
  for (const probe of PROBES) hash.update(tokenizer.encode(probe));
  for (const [name, { values }] of weights) {
    hash.update(name);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex").slice(0, 32);
}
