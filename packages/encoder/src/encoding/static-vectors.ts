import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../errors.js";
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

/** Vectors of texts as weighted sums of their units'. */
export interface StaticVectors {
  readonly d: number;
  /** Consecutive texts, (rows, d); the memory is used again for the next block. */
  blocks(): Generator<{ start: number; rows: number; values: Float32Array }>;
}

/** a of a / (a + p): units that make up more than this share of all count less. */
const RARE_SHARE = 1e-3;
const BLOCK = 1024;
/** Texts of a call of the encoder, each of one token. */
const TOKEN_BATCH = 512;

/**
 * Static vectors of texts: the encoder sees its vocabulary once; a text is the sum of its units'
 * vectors, each weighted a / (a + p) with a = .001 and p its share of all units of all texts. A text
 * without units is a zero vector. `texts` is gone through twice, and once more by each `blocks()`.
 */
export async function openStaticVectors(
  encoder: SentenceEncoder,
  texts: () => Iterable<string>,
  options: StaticOptions = {},
): Promise<StaticVectors> {
  const { width: d } = encoder;
  const { units, vectors } = await encodeUnits(encoder, texts, options);
  centre(vectors, d);
  const weights = unitWeights(units, vectors.length / d, texts());
  return {
    d,
    *blocks() {
      const values = new Float32Array(BLOCK * d);
      let [start, rows] = [0, 0];
      for (const text of texts()) {
        const sum = values.subarray(rows * d, (rows + 1) * d).fill(0);
        for (const unit of units.of(text)) addScaled(sum, vectors, unit * d, weights[unit]!);
        rows++;
        if (rows < BLOCK) continue;
        yield { start, rows, values };
        start += rows;
        rows = 0;
      }
      if (rows > 0) yield { start, rows, values: values.subarray(0, rows * d) };
    },
  };
}

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

function addScaled(sum: Float32Array, vectors: Float32Array, at: number, weight: number): void {
  for (let c = 0; c < sum.length; c++) sum[c] = sum[c]! + weight * vectors[at + c]!;
}

/** Every token's vector, (V, d): of the text that is this token alone, the mean over its rows. */
async function vocabularyVectors(
  encoder: SentenceEncoder,
  { cacheFolder, signal, onProgress }: StaticOptions,
): Promise<Omit<UnitVectors, "units">> {
  const { width: d, vocabularySize } = encoder;
  const bytes = 4 * vocabularySize * d;
  const file = cacheFolder && join(cacheFolder, `vocabulary.d${d}.f32`);
  const known = file ? await readFile(file).catch(() => null) : null;
  if (known?.byteLength === bytes) {
    return { vectors: new Float32Array(new Uint8Array(known).buffer), encoded: 0 };
  }
  const [before, after] = encoder.tokenizer.ends;
  const length = before.length + 1 + after.length;
  const vectors = new Float32Array(vocabularySize * d);
  for (let first = 0; first < vocabularySize; first += TOKEN_BATCH) {
    if (signal?.aborted) throw new EncoderError("cancelled", "Encoding was cancelled.");
    const batch = Math.min(TOKEN_BATCH, vocabularySize - first);
    const ids = Int32Array.from({ length: batch * length }, (_, i) => {
      const place = i % length;
      if (place < before.length) return before[place]!;
      return place === before.length
        ? first + Math.floor(i / length)
        : after[place - before.length - 1]!;
    });
    const lengths = new Int32Array(batch).fill(length);
    vectors.set(await encoder.vectors({ batch, length, ids, lengths }), first * d);
    onProgress?.((first + batch) / vocabularySize);
    await setImmediate();
  }
  if (file) await writeWhole(cacheFolder, file, vectors);
  return { vectors, encoded: vocabularySize };
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

/** Takes the mean row away. */
function centre(vectors: Float32Array, d: number): void {
  const rows = vectors.length / d;
  const mean = new Float64Array(d);
  for (let i = 0; i < vectors.length; i++) mean[i % d] = mean[i % d]! + vectors[i]! / rows;
  for (let i = 0; i < vectors.length; i++) vectors[i] = vectors[i]! - mean[i % d]!;
}

function unitWeights(units: Units, size: number, texts: Iterable<string>): Float64Array {
  const counts = new Float64Array(size);
  let all = 0;
  for (const text of texts) {
    for (const unit of units.of(text)) {
      counts[unit] = counts[unit]! + 1;
      all++;
    }
  }
  return counts.map((count) => RARE_SHARE / (RARE_SHARE + count / Math.max(1, all)));
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
