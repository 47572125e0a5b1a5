import { AppError, type EmbeddingSource, type ModelParams } from "@winnow/contracts";
import type { RowTexts } from "@winnow/encoder";
import { readRunVectors } from "../inputs/run-vectors.js";
import { endpointVectors, findEndpointVectors } from "./endpoint-vectors.js";
import type { RunVectors, VectorDeps } from "./opened-vectors.js";

/** What a model says of where its vectors come from. */
export type VectorParams = Pick<ModelParams, "embeddings" | "encoder" | "embeddingsEndpoint">;

export interface VectorRows {
  readonly datasetId: string;
  /** Of the samples, in order. */
  readonly texts: RowTexts;
}

/** The vectors of a run's rows. Throws what `readRunVectors`, `encodedVectors` and `endpointVectors` throw. */
export async function openRunVectors(
  { embeddings, encoder, embeddingsEndpoint }: VectorParams,
  rows: VectorRows,
  deps: VectorDeps,
): Promise<RunVectors> {
  if (encoder) return (await loadEncoder()).encodedVectors(encoder, rows.texts, deps);
  if (embeddingsEndpoint) return endpointVectors(rows.texts, deps);
  if (embeddings) return uploadedVectors(embeddings, rows, deps);
  throw new Error(`the run over ${rows.datasetId} has no vectors`);
}

/** The same as far as they are still there: null where the upload, or encoder, endpoint and vectors are gone. */
export async function findRunVectors(
  { embeddings, encoder, embeddingsEndpoint }: VectorParams,
  rows: VectorRows,
  deps: VectorDeps,
): Promise<RunVectors | null> {
  if (encoder) return (await loadEncoder()).findEncodedVectors(encoder, rows.texts, deps);
  if (embeddingsEndpoint) return findEndpointVectors(rows.texts, deps);
  if (!embeddings) return null;
  return uploadedVectors(embeddings, rows, deps).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "upload-not-found") return null;
    throw error;
  });
}

/** Only where there is one: it brings TensorFlow.js with it. */
const loadEncoder = () => import("./encoded-vectors.js");

async function uploadedVectors(
  embeddings: EmbeddingSource,
  { datasetId, texts }: VectorRows,
  deps: VectorDeps,
): Promise<RunVectors> {
  const vectors = await readRunVectors(embeddings, { datasetId, n: texts.count }, deps);
  return { vectors, encoder: null };
}
