import type { EmbeddingsEndpoint, ServedModel } from "../endpoint/endpoint.js";
import { EmbeddingsError } from "../errors.js";

/** Vectors of consecutive texts. */
export interface EmbeddedBlock {
  /** The first text's number, from 0. */
  readonly start: number;
  readonly rows: number;
  /** (rows, d), float32, as the endpoint gave them; zeros for a text of white space alone. */
  readonly vectors: Float32Array;
  /** How many texts the endpoint was asked for; the rest came from the cache or from an equal text. */
  readonly asked: number;
}

/** Vectors of earlier runs, by text. */
export interface EmbeddingCache {
  /** d of what it holds; null: nothing yet. */
  readonly width: number | null;
  read(text: string): Promise<Float32Array | null>;
  /** Called with what answered before its first vectors are added; throws if it is another model. */
  confirm(served: ServedModel): Promise<void>;
  /** Vectors (texts, d). Calls do not overlap. */
  add(texts: readonly string[], vectors: Float32Array): Promise<void>;
}

export interface EmbedOptions {
  readonly signal: AbortSignal;
  readonly cache?: EmbeddingCache | undefined;
  /** Called after each answer with the texts that are done. */
  readonly onProgress?: ((texts: number) => void) | undefined;
}

/** Texts that are read, sorted by length and asked for together: memory does not grow with more. */
const BLOCK = 1024;
/** Requests that are open at once. */
const PARALLEL = 4;

/**
 * Embeds texts in their order, each different one once a block and never again once it is in the
 * cache. Throws EmbeddingsError; what was answered by then is in the cache.
 */
export async function* embedTexts(
  endpoint: EmbeddingsEndpoint,
  texts: Iterable<string> | AsyncIterable<string>,
  options: EmbedOptions,
): AsyncGenerator<EmbeddedBlock> {
  const { cache } = options;
  if (cache?.width != null) endpoint.expectWidth(cache.width);
  const writer = new CacheWriter(cache);
  let start = 0;
  let block: string[] = [];
  for await (const text of texts) {
    if (block.push(text) < BLOCK) continue;
    yield await embedBlock(endpoint, { texts: block, start, writer }, options);
    start += block.length;
    block = [];
  }
  if (block.length > 0) yield await embedBlock(endpoint, { texts: block, start, writer }, options);
}

interface Block {
  readonly texts: readonly string[];
  readonly start: number;
  readonly writer: CacheWriter;
}

async function embedBlock(
  endpoint: EmbeddingsEndpoint,
  { texts, start, writer }: Block,
  { cache, signal: asked, onProgress }: EmbedOptions,
): Promise<EmbeddedBlock> {
  const rowsOfText = new Map<string, number[]>();
  texts.forEach((text, row) => {
    if (text.trim() === "") return;
    const rows = rowsOfText.get(text);
    if (rows === undefined) rowsOfText.set(text, [row]);
    else rows.push(row);
  });
  const known = new Map<string, Float32Array>();
  const open: string[] = [];
  let done = texts.length;
  for (const [text, rows] of rowsOfText) {
    const vector = await cache?.read(text);
    if (vector) known.set(text, vector);
    else {
      open.push(text);
      done -= rows.length;
    }
  }
  const take = async (batch: readonly string[], signal: AbortSignal) => {
    const { values, width, model } = await endpoint.embed(batch, signal).catch((error) => {
      throw named(error, (place) => start + rowsOfText.get(batch[place]!)![0]!);
    });
    batch.forEach((text, i) => {
      known.set(text, values.subarray(i * width, (i + 1) * width));
      done += rowsOfText.get(text)!.length;
    });
    await writer.add(batch, values, { model, width });
    onProgress?.(start + done);
  };
  await takeAll(endpoint, open, take, asked);
  const width = endpoint.width ?? (await endpoint.embed(["."], asked)).width;
  const vectors = new Float32Array(texts.length * width);
  for (const [text, rows] of rowsOfText) {
    for (const row of rows) vectors.set(known.get(text)!, row * width);
  }
  onProgress?.(start + texts.length);
  return { start, rows: texts.length, vectors, asked: open.length };
}

/** Asks for texts of about the same length together, the first batch alone. */
async function takeAll(
  endpoint: EmbeddingsEndpoint,
  texts: readonly string[],
  take: (batch: readonly string[], signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const sorted = texts.toSorted((a, b) => a.length - b.length);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let at = 0;
  const nextBatch = () => {
    const batch = sorted.slice(at, at + endpoint.batchTexts);
    at += batch.length;
    return batch;
  };
  const work = async () => {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) await take(batch, either);
  };
  if (!endpoint.hasAnswered && sorted.length > 0) await take(nextBatch(), either);
  let fault: unknown;
  const workers = Array.from({ length: PARALLEL }, () =>
    work().catch((error: unknown) => {
      fault ??= error;
      failed.abort();
    }),
  );
  await Promise.all(workers);
  if (fault !== undefined) throw fault;
}

/** The error, with the place of the refused text among all. */
function named(error: unknown, rowOf: (place: number) => number): unknown {
  if (!(error instanceof EmbeddingsError) || error.place === undefined) return error;
  return new EmbeddingsError(error.code, error.message, { place: rowOf(error.place) });
}

/** Adds one batch after another. */
class CacheWriter {
  readonly #cache: EmbeddingCache | undefined;
  #last: Promise<void> = Promise.resolve();
  #isConfirmed = false;

  constructor(cache: EmbeddingCache | undefined) {
    this.#cache = cache;
  }

  add(texts: readonly string[], values: Float32Array, served: ServedModel): Promise<void> {
    this.#last = this.#last.then(() => this.#add(texts, values, served));
    return this.#last;
  }

  async #add(texts: readonly string[], values: Float32Array, served: ServedModel): Promise<void> {
    if (this.#cache === undefined) return;
    if (!this.#isConfirmed) await this.#cache.confirm(served);
    this.#isConfirmed = true;
    await this.#cache.add(texts, values);
  }
}
