import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TokenBatch } from "../text/batches.js";
import { encodeTexts } from "./encode-texts.js";
import type { SentenceEncoder } from "./sentence-encoder.js";
import { characterUnits, tokenUnits, type Units } from "./static-units.js";
import { VectorCache } from "./vector-cache.js";

export interface StaticOptions {
  /**
   * What has a vector: the encoder's tokens, or (for texts without spaces) the characters and pairs
   * of characters that are met in at least 20 texts. Default "tokens".
   */
  readonly units?: "tokens" | "characters" | undefined;
  /** A folder of this encoder alone, for the vectors of its vocabulary. */
  readonly cacheFolder?: string | undefined;
  /** Threads that encode the vocabulary where the backend has but one. Default 1: this one. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The share of the vocabulary that is encoded. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What the encoder makes of what texts are sums of. */
export interface UnitVectors {
  readonly units: Units;
  /** (V, d). */
  readonly vectors: Float32Array;
  /** How many were computed; the rest came from the cache. */
  readonly encoded: number;
}

/** Texts of a call of the encoder, each of one token. */
const TOKEN_BATCH = 512;

/** The vectors of the units of texts, from the cache or computed. */
export async function encodeUnits(
  encoder: SentenceEncoder,
  texts: () => Iterable<string>,
  options: StaticOptions = {},
): Promise<UnitVectors> {
  if (options.units !== "characters") {
    return { units: tokenUnits(encoder.tokenizer), ...(await vocabularyVectors(encoder, options)) };
  }
  const units = characterUnits(texts());
  return { units, ...(await unitVectors(encoder, units, options)) };
}

/** Every token's vector, (V, d): of the text that is this token alone, the mean over its rows. */
async function vocabularyVectors(
  encoder: SentenceEncoder,
  { cacheFolder, threads = 1, signal, onProgress }: StaticOptions,
): Promise<Omit<UnitVectors, "units">> {
  const { width: d, vocabularySize } = encoder;
  const file = cacheFolder && join(cacheFolder, `vocabulary.d${d}.f32`);
  const vectors = new Float32Array(vocabularySize * d);
  if (file && (await readWhole(file, vectors))) return { vectors, encoded: 0 };
  let done = 0;
  const batches = tokenBatches(encoder, TOKEN_BATCH);
  await encoder.vectorsOfAll(batches, { threads, signal }, (batch, found) => {
    vectors.set(found, batch * TOKEN_BATCH * d);
    done += found.length / d;
    onProgress?.(done / vocabularySize);
  });
  if (file) await writeWhole(cacheFolder, file, vectors);
  return { vectors, encoded: vocabularySize };
}

/** Each token of the vocabulary as a text. */
function* tokenBatches(
  { tokenizer, vocabularySize }: SentenceEncoder,
  most: number,
): Generator<TokenBatch> {
  const [before, after] = tokenizer.ends;
  const length = before.length + 1 + after.length;
  for (let first = 0; first < vocabularySize; first += most) {
    const batch = Math.min(most, vocabularySize - first);
    const ids = new Int32Array(batch * length);
    for (let i = 0; i < batch; i++) ids.set([...before, first + i, ...after], i * length);
    yield { batch, length, ids, lengths: new Int32Array(batch).fill(length) };
  }
}

/** The units' vectors, each encoded as a text of its own. */
async function unitVectors(
  encoder: SentenceEncoder,
  units: Units,
  { cacheFolder, signal, onProgress }: StaticOptions,
): Promise<Omit<UnitVectors, "units">> {
  const { width: d } = encoder;
  const cache = cacheFolder ? await VectorCache.open(cacheFolder, d) : undefined;
  try {
    const vectors = new Float32Array(units.texts.length * d);
    const report = (done: number) => onProgress?.(done / units.texts.length);
    const blocks = encodeTexts(encoder, units.texts, { cache, signal, onProgress: report });
    let encoded = 0;
    for await (const block of blocks) {
      vectors.set(block.vectors, block.start * d);
      encoded += block.encoded;
    }
    return { vectors, encoded };
  } finally {
    await cache?.close();
  }
}

/** Fills `values` from a file of just so many; false where there is none. */
async function readWhole(file: string, values: Float32Array): Promise<boolean> {
  const opened = await open(file, "r").catch(() => null);
  if (opened === null) return false;
  try {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if ((await opened.stat()).size !== bytes.length) return false;
    let read = 0;
    while (read < bytes.length) {
      const { bytesRead } = await opened.read(bytes, read, bytes.length - read, read);
      if (bytesRead === 0) return false;
      read += bytesRead;
    }
    return true;
  } finally {
    await opened.close();
  }
}

/** A file that is there is whole: it is written beside, and renamed. */
async function writeWhole(folder: string, file: string, values: Float32Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const part = `${file}.${randomBytes(4).toString("hex")}.part`;
  try {
    const { buffer, byteOffset, byteLength } = values;
    await writeFile(part, new Uint8Array(buffer, byteOffset, byteLength));
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}
