import { AppError } from "@winnow/contracts";
import { EmbeddingsError, embedTexts } from "@winnow/embeddings";
import type { RowTexts } from "@winnow/encoder";
import { writtenVectors } from "@winnow/linear";
import type { RunVectors, VectorDeps } from "./opened-vectors.js";
import { type RunEndpoint, withEndpoint } from "./run-endpoint.js";

/**
 * The vectors of an endpoint, whose tasks have asked for the texts. Those that are not in the cache any
 * more, or lie on a machine that shares no storage with this one, are asked for here. Throws what
 * `withEndpoint` throws.
 */
export const endpointVectors = (texts: RowTexts, deps: VectorDeps): Promise<RunVectors> =>
  withEndpoint(deps, (run) => vectorsOf(run, texts, deps));

/** The same without a request; null where endpoint or vectors are gone. */
export async function findEndpointVectors(
  texts: RowTexts,
  deps: VectorDeps,
): Promise<RunVectors | null> {
  try {
    return await withEndpoint(deps, async (run) =>
      (await areAllThere(run, texts)) ? vectorsOf(run, texts, deps) : null,
    );
  } catch (error) {
    const isGone = error instanceof AppError && error.code === "endpoint-refused";
    if (isGone || error instanceof EmbeddingsError) return null;
    throw error;
  }
}

async function vectorsOf(
  { endpoint, openCache }: RunEndpoint,
  texts: RowTexts,
  { scratch, send }: VectorDeps,
): Promise<RunVectors> {
  const cache = await openCache();
  try {
    const { signal } = new AbortController();
    let asked = 0;
    for await (const block of embedTexts(endpoint, texts.all(), { cache, signal })) {
      const { buffer, byteOffset, byteLength } = block.vectors;
      scratch.append(new Uint8Array(buffer, byteOffset, byteLength));
      asked += block.asked;
    }
    if (asked > 0) send({ type: "note", message: "encoded again", data: { texts: asked } });
    const vectors = writtenVectors(scratch, texts.count, endpoint.width!);
    return { vectors, encoder: endpoint.fingerprint };
  } finally {
    await cache.close();
  }
}

async function areAllThere({ openCache }: RunEndpoint, texts: RowTexts): Promise<boolean> {
  const cache = await openCache();
  try {
    if (cache.width === null) return false;
    for (const text of texts.all()) if (text.trim() !== "" && !cache.has(text)) return false;
    return true;
  } finally {
    await cache.close();
  }
}
