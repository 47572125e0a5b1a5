import { join } from "node:path";
import { encodeTexts } from "./encode-texts.js";
import type { SentenceEncoder } from "./sentence-encoder.js";
import { openStaticVectors } from "./static-vectors.js";
import { encodeUnits, type StaticOptions } from "./unit-vectors.js";
import type { VectorCache } from "./vector-cache.js";

// Also an entry of its own, "@winnow/encoder/row-vectors": TensorFlow is loaded with the first batch.
export { EncoderError } from "../errors.js";
export { encodeTexts } from "./encode-texts.js";
export {
  openSentenceEncoder,
  type SentenceEncoder,
  type VectorPooling,
} from "./sentence-encoder.js";
export { VectorCache } from "./vector-cache.js";

/** The texts of a data set's rows, read as often as it takes. */
export interface RowTexts {
  readonly count: number;
  all(): Iterable<string>;
}

export interface RowOptions {
  /** Gets the vectors' bytes in the order of the rows, (n, d) float32. */
  readonly write: (bytes: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
  /** The share of the rows, or of the vocabulary, that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** The folder of one encoder's vectors, below that of all encoders. */
export const encoderFolder = (
  cacheFolder: string,
  { fingerprint }: Pick<SentenceEncoder, "fingerprint">,
  { isStatic }: { readonly isStatic: boolean },
): string => join(cacheFolder, isStatic ? `${fingerprint}-static` : fingerprint);

/** Writes every row's vector, from the cache or computed; returns how many texts were computed. */
export async function writeEncodedRows(
  encoder: SentenceEncoder,
  texts: RowTexts,
  cache: VectorCache,
  { write, signal, onProgress }: RowOptions,
): Promise<number> {
  let computed = 0;
  const all = encodeTexts(encoder, texts.all(), {
    cache,
    signal,
    onProgress: (done) => onProgress?.(done / texts.count),
  });
  for await (const { vectors, encoded } of all) {
    write(bytesOf(vectors));
    computed += encoded;
  }
  return computed;
}

interface StaticRowOptions extends Omit<RowOptions, "write"> {
  /** Whether texts are taken apart by characters; without it by their letters. */
  readonly cjk?: boolean | undefined;
  /** Threads that encode a vocabulary where the backend has but one. Default 1. */
  readonly threads?: number | undefined;
}

/** Encodes what rows are sums of, so that it lies in the cache; returns how many there are, and were computed. */
export async function encodeStaticUnits(
  encoder: SentenceEncoder,
  texts: RowTexts,
  cacheFolder: string,
  options: StaticRowOptions = {},
): Promise<{ readonly units: number; readonly encoded: number }> {
  const all = () => texts.all();
  const how = staticOptions(encoder, texts, cacheFolder, options);
  const { vectors, encoded } = await encodeUnits(encoder, all, how);
  return { units: vectors.length / encoder.width, encoded };
}

/** Writes every row as the weighted sum of what the encoder makes of its vocabulary. */
export async function writeStaticRows(
  encoder: SentenceEncoder,
  texts: RowTexts,
  cacheFolder: string,
  { write, ...options }: StaticRowOptions & Pick<RowOptions, "write">,
): Promise<void> {
  const how = staticOptions(encoder, texts, cacheFolder, options);
  const vectors = await openStaticVectors(encoder, () => texts.all(), how);
  for (const { values } of vectors.blocks()) {
    options.signal?.throwIfAborted();
    write(bytesOf(values));
  }
}

const staticOptions = (
  encoder: SentenceEncoder,
  texts: RowTexts,
  cacheFolder: string,
  { cjk, threads, signal, onProgress }: StaticRowOptions,
): StaticOptions => ({
  units: (cjk ?? mostLettersAreCjk(texts.all())) ? "characters" : "tokens",
  cacheFolder: encoderFolder(cacheFolder, encoder, { isStatic: true }),
  threads,
  signal,
  onProgress,
});

/** Enough to tell a script. */
const READ_FOR_SCRIPT = 5_000;

function mostLettersAreCjk(texts: Iterable<string>): boolean {
  let [read, letters, cjk] = [0, 0, 0];
  for (const text of texts) {
    if (read++ === READ_FOR_SCRIPT) break;
    letters += text.match(/\p{L}/gu)?.length ?? 0;
    cjk += text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  }
  return 2 * cjk > letters;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
