import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../errors.js";
import { byLength, gatherBatch } from "../text/batches.js";
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
  for (const batch of batchesByLength(tokens)) {
    if (signal?.aborted) throw new EncoderError("cancelled", "Encoding was cancelled.");
    const found = await encoder.vectors(gatherBatch(tokens, batch)); // (B, d)
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

/** Rows by length, in batches of about as many ids each. */
function batchesByLength(tokens: TokenTable): Int32Array[] {
  const texts = tokens.offsets.length - 1;
  const [sorted] = byLength(
    Int32Array.from({ length: texts }, (_, i) => i),
    tokens,
    texts || 1,
  );
  const batches: Int32Array[] = [];
  // From the longest: the first batch is the one that needs the most memory.
  for (let end = texts; end > 0; ) {
    const last = sorted![end - 1]!;
    const longest = tokens.offsets[last + 1]! - tokens.offsets[last]!;
    const count = Math.max(1, Math.min(MOST_TEXTS, Math.floor(BATCH_IDS / longest), end));
    batches.push(sorted!.subarray(end - count, end));
    end -= count;
  }
  return batches;
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
