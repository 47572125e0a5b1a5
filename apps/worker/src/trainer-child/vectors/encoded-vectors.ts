import { AppError, type EncoderSource } from "@winnow/contracts";
import {
  EncoderError,
  type RowTexts,
  textKey,
  writeEncodedRows,
  writeStaticRows,
} from "@winnow/encoder";
import { writtenVectors } from "@winnow/linear";
import type { RunVectors, VectorDeps } from "./opened-vectors.js";
import { openRunEncoder, type RunEncoder } from "./run-encoder.js";

/**
 * The vectors of a run's encoder, whose tasks have encoded the texts. Those that are not in the cache any
 * more, or lie on a machine that shares no storage with this one, are encoded here. Throws what
 * `openRunEncoder` throws.
 */
export function encodedVectors(
  source: EncoderSource,
  texts: RowTexts,
  deps: VectorDeps,
): Promise<RunVectors> {
  return withEncoder(source, deps, (run) => vectorsOf(run, source, texts, deps));
}

/** The same; null where encoder or vectors are gone. */
export async function findEncodedVectors(
  source: EncoderSource,
  texts: RowTexts,
  deps: VectorDeps,
): Promise<RunVectors | null> {
  try {
    return await withEncoder(source, deps, async (run) => {
      // A vocabulary is encoded in moments.
      const isThere = source.static || (await areAllThere(run, texts));
      return isThere ? vectorsOf(run, source, texts, deps) : null;
    });
  } catch (error) {
    const isGone = error instanceof AppError && error.code === "source-not-allowed";
    if (isGone || error instanceof EncoderError) return null;
    throw error;
  }
}

async function withEncoder<T>(
  source: EncoderSource,
  deps: VectorDeps,
  use: (run: RunEncoder) => Promise<T>,
): Promise<T> {
  const run = await openRunEncoder(source, { ...deps, backend: null });
  try {
    return await use(run);
  } finally {
    run.encoder.dispose();
  }
}

async function vectorsOf(
  { encoder, cacheFolder, openCache }: RunEncoder,
  source: EncoderSource,
  texts: RowTexts,
  { scratch, send }: VectorDeps,
): Promise<RunVectors> {
  const write = (bytes: Uint8Array) => scratch.append(bytes);
  if (source.static) await writeStaticRows(encoder, texts, cacheFolder, { write });
  else {
    const cache = await openCache();
    try {
      const encoded = await writeEncodedRows(encoder, texts, cache, { write });
      if (encoded > 0) send({ type: "note", message: "encoded again", data: { texts: encoded } });
    } finally {
      await cache.close();
    }
  }
  const vectors = writtenVectors(scratch, texts.count, encoder.width);
  return { vectors, encoder: encoder.fingerprint };
}

async function areAllThere({ openCache }: RunEncoder, texts: RowTexts): Promise<boolean> {
  const cache = await openCache();
  try {
    for (const text of texts.all()) if (!cache.has(textKey(text))) return false;
    return true;
  } finally {
    await cache.close();
  }
}
