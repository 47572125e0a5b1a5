import { AppError } from "@winnow/contracts";
import type { BackendName } from "./backends.js";

/** Whose words an error on a GPU bears: TensorFlow's, CUDA's and its libraries', Dawn's. */
const OUT_OF_MEMORY =
  /\bOOM\b|out of memory|RESOURCE_EXHAUSTED|ResourceExhausted|ALLOC_FAILED|failed to allocate/i;
const LOST =
  /CUDA_ERROR_|CUBLAS_STATUS_|CUDNN_STATUS_|cudaError|uncorrectable ECC|device (was )?lost|Device is lost|\bXid\b/i;

/**
 * The error of a card that is lost or has no memory left, for which another worker may be better
 * off; null for any other error, and for a backend without a card.
 */
export function deviceFailure(error: unknown, backend: BackendName): AppError | null {
  if (backend !== "tfjs-node-gpu" && backend !== "webgpu") return null;
  if (error instanceof AppError) return null;
  const text = error instanceof Error ? error.message : String(error);
  const isFull = OUT_OF_MEMORY.test(text);
  if (!isFull && !LOST.test(text)) return null;
  const line = text.trim().split("\n")[0]!.slice(0, 300);
  const what = isFull
    ? "The GPU has no memory left: train fewer folds at a time on it (TRAINER_CONCURRENCY), or with a smaller `training.microBatchSize`"
    : "The GPU failed";
  return new AppError("device-failed", `${what}. TensorFlow says: ${line}`, { cause: error });
}
