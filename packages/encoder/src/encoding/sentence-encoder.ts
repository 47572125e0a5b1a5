import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { stringify } from "safe-stable-stringify";
import { type Checkpoint, readCheckpoint, readTokenizer } from "../checkpoints/checkpoint.js";
import type { ReadFile } from "../checkpoints/stored-weights.js";
import { EncoderError } from "../errors.js";
import type { EncoderConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { TokenBatch } from "../text/batches.js";
import type { TextTokenizer } from "../text/tokenizer.js";
import { EncoderRecord, type KnownEncoder } from "./encoder-record.js";
import type { RowEngine } from "./row-engine.js";

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
  /**
   * A folder for what reading encoders' weights found: a folder of an encoder that is the same as then is
   * opened without its weights, until a text is encoded.
   */
  readonly recordFolder?: string | undefined;
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
  /**
   * Gives `use` each batch's vectors and its number, not in order where the backend has one thread and
   * several are asked for. Throws `cancelled`.
   */
  vectorsOfAll(
    batches: Iterable<TokenBatch>,
    options: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined },
    use: (batch: number, vectors: Float32Array) => void,
  ): Promise<void>;
  /** Frees the weights. */
  dispose(): void;
}

const DEFAULT_LENGTH = 128;
/** Changes with whatever makes other vectors of the same files. */
const GENERATION = 2;

/** What a folder holds; its weights come when they are asked for. */
interface OpenedFolder extends KnownEncoder {
  readonly tokenizer: TextTokenizer;
  weights(): Promise<Weights>;
}

/**
 * Opens an ALBERT or BERT folder as an encoder of texts: all blocks, and the mean of the last one's
 * rows or its row of [CLS]. Throws what `readCheckpoint` throws.
 */
export async function openSentenceEncoder(
  folder: string,
  options: SentenceEncoderOptions = {},
): Promise<SentenceEncoder> {
  const { selectBackend = async () => {} } = options;
  const { config, vocabularySize, fingerprint, tokenizer, weights } = await open(folder, options);
  const ready = lazily(async () => {
    await selectBackend();
    const { openRowEngine } = await import("./row-engine.js");
    const own = await weights();
    return { own, engine: lazily(() => openRowEngine(config, own)) };
  });
  const checked = (tokens: TokenBatch) => checkIds(tokens, vocabularySize);
  return {
    width: config.hiddenSize,
    config,
    tokenizer,
    vocabularySize,
    fingerprint,
    async vectors(tokens) {
      const { engine } = await ready.open();
      return (await engine.open()).rows(checked(tokens));
    },
    async vectorsOfAll(batches, { threads = 1, signal }, use) {
      const { own, engine } = await ready.open();
      const { openRowPool } = await import("./row-threads.js");
      const pool = await openRowPool(threads, { config, weights: own, own: engine.open });
      try {
        await eachBatch(batches, pool.engines, signal, checked, use);
      } finally {
        await pool.close();
      }
    },
    dispose: () => ready.opened?.engine.opened?.dispose(),
  };
}

async function open(folder: string, options: SentenceEncoderOptions): Promise<OpenedFolder> {
  const { recordFolder, pooling, maxLength, format, readFile } = options;
  if (recordFolder === undefined) return readFolder(folder, options);
  const asked = [GENERATION, pooling, maxLength, format];
  const record = await EncoderRecord.of(recordFolder, folder, asked);
  const known = await record.read();
  if (known === null) {
    const read = await readFolder(folder, options);
    const { config, vocabularySize, fingerprint } = read;
    await record.write({ config, vocabularySize, fingerprint });
    return read;
  }
  const tokens = await readTokenizer(folder, readFile);
  return {
    ...known,
    tokenizer: tokens.tokenizer(lengthOf(folder, maxLength, known.config)),
    async weights() {
      const read = await readFolder(folder, options);
      if (read.fingerprint === known.fingerprint) return read.weights();
      throw new EncoderError("bad-checkpoint", `${folder} has changed meanwhile; start again.`);
    },
  };
}

async function readFolder(
  folder: string,
  { pooling = "mean", maxLength: asked, format, readFile }: SentenceEncoderOptions,
): Promise<OpenedFolder> {
  const head = { tap: "last", pooling } as const;
  const checkpoint = await readCheckpoint(folder, { head, format, readFile });
  const { config, vocabularySize } = checkpoint;
  const maxLength = lengthOf(folder, asked, config);
  const tokenizer = checkpoint.tokenizer(maxLength);
  const weights: Weights = new Map(
    [...checkpoint.weights].filter(([name]) => !/^(classifier|wide)/.test(name)),
  );
  const fingerprint = fingerprintOf(config, weights, tokenizer, maxLength);
  return { config, vocabularySize, fingerprint, tokenizer, weights: async () => weights };
}

function lengthOf(folder: string, asked: number | undefined, config: EncoderConfig): number {
  const maxLength = asked ?? Math.min(DEFAULT_LENGTH, config.maxPositions);
  if (Number.isInteger(maxLength) && maxLength >= 3 && maxLength <= config.maxPositions) {
    return maxLength;
  }
  throw new EncoderError(
    "bad-config",
    `maxLength ${maxLength} is not a whole number of 3 to ${config.maxPositions}, the positions of ${folder}.`,
  );
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

function checkIds(tokens: TokenBatch, vocabularySize: number): TokenBatch {
  const outside = tokens.ids.find((id) => id < 0 || id >= vocabularySize);
  if (outside === undefined) return tokens;
  throw new EncoderError(
    "bad-vocabulary",
    `The tokenizer gives the id ${outside}, and the model has ${vocabularySize} word embeddings; take both from the same model.`,
  );
}

/** Each engine takes the next batch as soon as it is free. */
async function eachBatch(
  batches: Iterable<TokenBatch>,
  engines: readonly Pick<RowEngine, "rows">[],
  signal: AbortSignal | undefined,
  checked: (tokens: TokenBatch) => TokenBatch,
  use: (batch: number, vectors: Float32Array) => void,
): Promise<void> {
  const waiting = [...batches].entries();
  const work = async ({ rows }: Pick<RowEngine, "rows">) => {
    for (const [batch, tokens] of waiting) {
      if (signal?.aborted) throw new EncoderError("cancelled", "Encoding was cancelled.");
      use(batch, await rows(checked(tokens)));
      await setImmediate();
    }
  };
  await Promise.all(engines.map(work));
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
