import { join } from "node:path";
import {
  EncoderError,
  encoderFolder,
  encodeTexts,
  openSentenceEncoder,
  type SentenceEncoder,
  VectorCache,
  type VectorPooling,
  writeEncodedRows,
  writeStaticRows,
} from "@winnow/encoder/row-vectors";
import { type VectorSource, writtenVectors } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { AuditRows } from "../audit/read-file.js";
import type { OpenVectors, VectorsContext } from "../audit/vectors-of-rows.js";
import { CliError } from "../terminal/failure.js";
import { count, duration } from "../terminal/text.js";

/** How rows become vectors. */
export interface EncoderPlan {
  readonly folder: string;
  readonly pooling: VectorPooling;
  /** In tokens; without it the encoder's default. */
  readonly maxLength: number | undefined;
  /** Sums of what the encoder makes of its vocabulary, instead of every row through it. */
  readonly isStatic: boolean;
  /** Whether texts are taken apart as Chinese and Japanese are; without it by their letters. */
  readonly cjk: boolean | undefined;
  /** Threads that may be used. */
  readonly threads: number;
  /** Of all encoders: each has a folder of its own below. */
  readonly cacheFolder: string;
  /** Prints a line for people. */
  readonly say: (line: string) => void;
}

/** Rows that are timed before the others. */
const TIMED = 48;
/** From here on the faster way is worth being named. */
const LONG_SECONDS = 120;

/** Vectors of the rows by an encoder: every row once, what was encoded before from the cache. */
export function vectorsOfEncoder(plan: EncoderPlan): OpenVectors {
  return async (rows, context) => {
    try {
      const recordFolder = join(plan.cacheFolder, "encoders");
      const options = { ...plan, recordFolder, selectBackend: () => selectBackend(plan) };
      const encoder = await openSentenceEncoder(plan.folder, options);
      try {
        plan.say(`${plan.folder}: ${encoder.width} columns`);
        return await (plan.isStatic
          ? staticRows(plan, encoder, rows, context)
          : encodedRows(plan, encoder, rows, context));
      } finally {
        encoder.dispose();
      }
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof EncoderError)) throw error;
      throw new CliError(error.code, error.message, { cause: error });
    }
  };
}

/** Loads TensorFlow, which takes a second: not where all vectors are in the cache. */
async function selectBackend({ say }: EncoderPlan): Promise<void> {
  const encoder = await import("@winnow/encoder");
  const { backend, device } = await encoder.selectBackend("auto");
  say(`encoding by ${backend} on ${device}`);
}

async function encodedRows(
  { cacheFolder, say }: EncoderPlan,
  encoder: SentenceEncoder,
  { texts }: AuditRows,
  { signal, onProgress }: VectorsContext,
): Promise<VectorSource> {
  const folder = encoderFolder(cacheFolder, encoder, { isStatic: false });
  const cache = await VectorCache.open(folder, encoder.width);
  try {
    const known = cache.size;
    await sayEstimate(encoder, cache, texts, signal, say);
    const scratch = new ScratchFile();
    const write = (bytes: Uint8Array) => scratch.append(bytes);
    await writeEncodedRows(encoder, texts, cache, { write, signal, onProgress });
    const encoded = cache.size - known;
    say(`${count(encoded)} different texts were encoded, the rest came from ${cacheFolder}`);
    return writtenVectors(scratch, texts.count, encoder.width);
  } finally {
    await cache.close();
  }
}

/** Times a few rows, which stay in the cache, and says how long the others will take. */
async function sayEstimate(
  encoder: SentenceEncoder,
  cache: VectorCache,
  texts: AuditRows["texts"],
  signal: AbortSignal,
  say: EncoderPlan["say"],
): Promise<void> {
  const n = texts.count;
  const timed = Array.from({ length: Math.min(TIMED, n) }, (_, i) =>
    texts.text(Math.floor((i * n) / Math.min(TIMED, n))),
  );
  const encodedOf = async (some: readonly string[]): Promise<number> => {
    let encoded = 0;
    for await (const block of encodeTexts(encoder, some, { cache, signal })) {
      encoded += block.encoded;
    }
    return encoded;
  };
  // The first one loads the backend, which takes a second however many rows there are.
  await encodedOf(timed.slice(0, 1));
  const startedAt = performance.now();
  const encoded = await encodedOf(timed.slice(1));
  // Where these are in the cache, most others are.
  if (encoded === 0 || encoded < timed.length / 2) return;
  const ms = ((performance.now() - startedAt) / encoded) * (n - encoded);
  const instead =
    ms > 1000 * LONG_SECONDS ? "; --static takes seconds and brings a part of it" : "";
  say(`encoding ${count(n)} rows takes about ${duration(ms)}${instead}`);
}

async function staticRows(
  { cacheFolder, cjk, threads }: EncoderPlan,
  encoder: SentenceEncoder,
  { texts }: AuditRows,
  { signal, onProgress }: VectorsContext,
): Promise<VectorSource> {
  const scratch = new ScratchFile();
  const write = (bytes: Uint8Array) => scratch.append(bytes);
  await writeStaticRows(encoder, texts, cacheFolder, {
    ...{ write, cjk, threads, signal, onProgress },
  });
  return writtenVectors(scratch, texts.count, encoder.width);
}
