import { join } from "node:path";
import {
  EncoderError,
  encodeTexts,
  openSentenceEncoder,
  openStaticVectors,
  type SentenceEncoder,
  selectBackend,
  VectorCache,
  type VectorPooling,
} from "@winnow/encoder";
import type { VectorSource } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { AuditRows } from "../audit/read-file.js";
import type { OpenVectors, VectorsContext } from "../audit/vectors-of-rows.js";
import { CliError } from "../terminal/failure.js";
import { count, duration } from "../terminal/text.js";
import { appendVectors, scratchVectors } from "./scratch-vectors.js";

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
      const { backend, device } = await selectBackend("auto");
      const encoder = await openSentenceEncoder(plan.folder, plan);
      try {
        plan.say(`${plan.folder}: ${encoder.width} columns, by ${backend} on ${device}`);
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

async function encodedRows(
  { cacheFolder, say }: EncoderPlan,
  encoder: SentenceEncoder,
  { texts }: AuditRows,
  { signal, onProgress }: VectorsContext,
): Promise<VectorSource> {
  const n = texts.count;
  const cache = await VectorCache.open(join(cacheFolder, encoder.fingerprint), encoder.width);
  try {
    const known = cache.size;
    await sayEstimate(encoder, cache, texts, signal, say);
    const scratch = new ScratchFile();
    const all = encodeTexts(encoder, texts.all(), {
      cache,
      signal,
      onProgress: (done) => onProgress(done / n),
    });
    for await (const { vectors } of all) appendVectors(scratch, vectors);
    const encoded = cache.size - known;
    say(`${count(encoded)} different texts were encoded, the rest came from ${cacheFolder}`);
    return scratchVectors(scratch, n, encoder.width);
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
  const startedAt = performance.now();
  let encoded = 0;
  for await (const block of encodeTexts(encoder, timed, { cache, signal }))
    encoded += block.encoded;
  // Where these are in the cache, most others are.
  if (encoded < timed.length / 2) return;
  const ms = ((performance.now() - startedAt) / encoded) * (n - encoded);
  const instead =
    ms > 1000 * LONG_SECONDS ? "; --static takes seconds and brings a part of it" : "";
  say(`encoding ${count(n)} rows takes about ${duration(ms)}${instead}`);
}

async function staticRows(
  { cacheFolder, cjk }: EncoderPlan,
  encoder: SentenceEncoder,
  { texts }: AuditRows,
  { signal, onProgress }: VectorsContext,
): Promise<VectorSource> {
  const vectors = await openStaticVectors(encoder, () => texts.all(), {
    units: (cjk ?? mostLettersAreCjk(texts)) ? "characters" : "tokens",
    cacheFolder: join(cacheFolder, `${encoder.fingerprint}-static`),
    signal,
    onProgress,
  });
  const scratch = new ScratchFile();
  for (const { values } of vectors.blocks()) {
    signal.throwIfAborted();
    appendVectors(scratch, values);
  }
  return scratchVectors(scratch, texts.count, vectors.d);
}

/** Enough to tell a script. */
const READ_FOR_SCRIPT = 5_000;

function mostLettersAreCjk(texts: AuditRows["texts"]): boolean {
  let [letters, cjk] = [0, 0];
  for (let row = 0; row < Math.min(texts.count, READ_FOR_SCRIPT); row++) {
    const text = texts.text(row);
    letters += text.match(/\p{L}/gu)?.length ?? 0;
    cjk += text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  }
  return 2 * cjk > letters;
}
