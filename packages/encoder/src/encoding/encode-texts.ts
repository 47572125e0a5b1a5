import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../errors.js";
import { byLength, gatherBatch, textLength } from "../text/batches.js";
import type { TokenTable } from "../text/tokenizer.js";
import type { SentenceEncoder } from "./sentence-encoder.js";
import { textKey, type VectorCache } from "./vector-cache.js";

/** Vectors of consecutive texts. */
export interface EncodedBlock {
  /** The first text's number, from 0. */
  readonly start: number;
  readonly rows: number;
  /** (rows, d), float32, not normalised. */
  readonly vectors: Float32Array;
  /** How many of them were computed; the rest came from the cache or from an equal text. */
  readonly encoded: number;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Vectors of earlier runs; new ones are added. */
  readonly cache?: VectorCache | undefined;
  /** Called after each batch with the texts that are done. */
  readonly onProgress?: ((texts: number) => void) | undefined;
}

/** Texts that are read, sorted by length and encoded together: memory does not grow with more. */
const BLOCK = 4096;
/** Ids of a batch, padding counted: enough work for a call, little enough to stay in the cache. */
const BATCH_IDS = 2048;
const MOST_TEXTS = 256;
/**
 * A batch has a multiple of so many texts, padded to a multiple of so many ids that its texts' own lengths
 * decide: native kernels give a text the same bits then, whatever shares the batch with it.
 */
const TEXTS_STEP = 8;
const IDS_STEP = 4;

/**
 * Encodes texts in their order, each different one once a block and never again once it is in the
 * cache. Throws `cancelled`, and `bad-checkpoint` for vectors that are not finite.
 */
export async function* encodeTexts(
  encoder: SentenceEncoder,
  texts: Iterable<string> | AsyncIterable<string>,
  options: EncodeOptions = {},
): AsyncGenerator<EncodedBlock> {
  let start = 0;
  for await (const block of blocksOf(texts, BLOCK)) {
    yield { start, ...(await encodeBlock(encoder, block, start, options)) };
    start += block.length;
  }
}

async function encodeBlock(
  encoder: SentenceEncoder,
  texts: readonly string[],
  start: number,
  { signal, cache, onProgress }: EncodeOptions,
): Promise<Omit<EncodedBlock, "start">> {
  const { width } = encoder;
  const vectors = new Float32Array(texts.length * width);
  const rowsOfText = new Map<string, number[]>();
  texts.forEach((text, row) => {
    const rows = rowsOfText.get(text);
    if (rows === undefined) rowsOfText.set(text, [row]);
    else rows.push(row);
  });
  let done = 0;
  const put = (text: string, vector: Float32Array): void => {
    for (const row of rowsOfText.get(text)!) {
      vectors.set(vector, row * width);
      done++;
    }
  };

  const open: string[] = [];
  for (const text of rowsOfText.keys()) {
    const known = await cache?.read(textKey(text));
    if (known) put(text, known);
    else open.push(text);
  }
  const tokens = encoder.tokenizer.encodeAll(open);
  for (const { batch, length } of batchesByLength(tokens, encoder.config.maxPositions)) {
    if (signal?.aborted) throw new EncoderError("cancelled", "Encoding was cancelled.");
    const whole = gatherBatch(tokens, filledUp(batch), { least: length });
    const found = (await encoder.vectors(whole)).subarray(0, batch.length * width); // (B, d)
    if (!found.every(Number.isFinite)) {
      throw new EncoderError(
        "bad-checkpoint",
        `The encoder's vectors are not finite numbers at row ${start + rowsOfText.get(open[batch[0]!]!)![0]!}; its weights are damaged.`,
      );
    }
    const keys: Uint8Array[] = [];
    batch.forEach((place, b) => {
      put(open[place]!, found.subarray(b * width, (b + 1) * width));
      if (cache) keys.push(textKey(open[place]!));
    });
    await cache?.add(keys, found);
    onProgress?.(start + done);
    await setImmediate();
  }
  onProgress?.(start + texts.length);
  return { rows: texts.length, vectors, encoded: open.length };
}

/** Rows of one padded length. */
interface LengthBatch {
  readonly batch: Int32Array;
  readonly length: number;
}

/** Rows by padded length, in batches of about as many ids each. */
function batchesByLength(tokens: TokenTable, maxPositions: number): LengthBatch[] {
  const texts = tokens.offsets.length - 1;
  const [sorted] = byLength(
    Int32Array.from({ length: texts }, (_, i) => i),
    tokens,
    texts || 1,
  );
  const paddedAt = (place: number) => {
    const own = textLength(tokens, sorted![place]!);
    return Math.min(maxPositions, IDS_STEP * Math.ceil(own / IDS_STEP));
  };
  const batches: LengthBatch[] = [];
  // From the longest: the first batch is the one that needs the most memory.
  for (let end = texts; end > 0; ) {
    const length = paddedAt(end - 1);
    const fits = TEXTS_STEP * Math.floor(BATCH_IDS / length / TEXTS_STEP);
    const most = Math.max(TEXTS_STEP, Math.min(MOST_TEXTS, fits));
    let start = end - 1;
    while (start > 0 && end - start < most && paddedAt(start - 1) === length) start--;
    batches.push({ batch: sorted!.subarray(start, end), length });
    end = start;
  }
  return batches;
}

/** The rows, and the last one again until there is a whole step of them. */
function filledUp(batch: Int32Array): Int32Array {
  const whole = new Int32Array(TEXTS_STEP * Math.ceil(batch.length / TEXTS_STEP));
  whole.fill(batch.at(-1)!);
  whole.set(batch);
  return whole;
}

async function* blocksOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<T[]> {
  let block: T[] = [];
  for await (const item of items) {
    block.push(item);
    if (block.length === size) {
      yield block;
      block = [];
    }
  }
  if (block.length > 0) yield block;
}
