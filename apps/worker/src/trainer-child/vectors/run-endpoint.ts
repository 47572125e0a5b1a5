import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@winnow/contracts";
import {
  type EmbeddingsEndpoint,
  EmbeddingsError,
  EndpointCache,
  openGuardedEndpoint,
} from "@winnow/embeddings";
import { folderPath, makeFolder } from "@winnow/storage";
import type { EmbeddingsSettings } from "../../trainer/messages.js";

/** What of a worker an endpoint uses. */
export interface EndpointDeps {
  /** Absolute. */
  readonly storageDir: string;
  /** null: there is none. */
  readonly embeddings: EmbeddingsSettings | null;
}

/** The operator's endpoint, and where its vectors lie. */
export interface RunEndpoint {
  readonly endpoint: EmbeddingsEndpoint;
  readonly folder: string;
  /** Of this endpoint's texts. The caller closes it. */
  openCache(): Promise<EndpointCache>;
}

/**
 * Opens the endpoint of this worker's settings for the work, and marks its vectors as used. Throws
 * `endpoint-refused` where there is none, and EmbeddingsError.
 */
export async function withEndpoint<T>(
  { storageDir, embeddings }: EndpointDeps,
  work: (run: RunEndpoint) => Promise<T>,
): Promise<T> {
  if (embeddings === null) {
    const detail =
      "This worker has no embeddings endpoint; set EMBEDDINGS_URL of the API and all workers.";
    throw new AppError("endpoint-refused", detail);
  }
  const { endpoint, close } = openGuardedEndpoint(embeddings);
  const all = folderPath(storageDir, "encoded");
  const folder = join(all, endpoint.fingerprint);
  try {
    await makeFolder(all);
    await makeFolder(folder);
    // Vectors are swept by the time of their encoder's last use.
    await utimes(folder, new Date(), new Date());
    return await work({ endpoint, folder, openCache: () => EndpointCache.open(folder) });
  } catch (error) {
    throw explained(error, endpoint.fingerprint);
  } finally {
    await close();
  }
}

/** The error, with what an operator can do about it. */
function explained(error: unknown, fingerprint: string): unknown {
  if (!(error instanceof EmbeddingsError)) return error;
  const { code, message, place } = error;
  const folder = `${fingerprint} among the encoded vectors of STORAGE_DIR`;
  const advice = {
    "other-model": `Set EMBEDDINGS_MODEL to the one that is meant, or delete ${folder}`,
    "endpoint-answer": `If another model is meant than before, delete ${folder}`,
    "damaged-cache": `Delete ${folder}`,
  };
  if (!(code in advice)) return error;
  const what = code === "damaged-cache" ? "What is kept of the endpoint cannot be read" : message;
  const text = `${what}. ${advice[code as keyof typeof advice]}.`;
  return new EmbeddingsError(code, text, { cause: error, ...(place !== undefined && { place }) });
}
