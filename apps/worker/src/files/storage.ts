import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "@winnow/contracts";
import type { Network } from "@winnow/network";
import type { FileRef } from "@winnow/reader";
import { newDownloadKey, openBelow, realPathBelow, storedPath } from "@winnow/storage";
import type { DownloadLimits } from "./download.js";

/**
 * The files a worker may read: uploads by storage key, paths below the ingest root, https URLs. Nothing is
 * opened here: the process that reads a file opens it, once, and checks what it opened.
 */
export interface Storage {
  /** A stored upload. */
  upload(storageKey: string): FileRef;
  /** A file of the operator. Throws `source-not-allowed`. */
  path(path: string): FileRef;
  /**
   * Downloads a public https URL to a temporary file, so that it can be read twice. Throws
   * `source-not-allowed`, `payload-too-large`, `corpus-invalid`.
   */
  url(url: string, signal: AbortSignal): Promise<DownloadedFile>;
}

export interface DownloadedFile {
  readonly file: FileRef;
  readonly bytes: number;
  readonly sha256: string;
  remove(): Promise<void>;
}

/**
 * Storage on a folder. Without an `ingestRoot` it refuses every path, without a `network` every URL.
 * Folders are absolute.
 */
export function openStorage(
  storageDir: string,
  ingestRoot: string | null,
  network: Network | null,
  limits?: DownloadLimits,
): Storage {
  return {
    upload: (storageKey) => ({ path: storedPath(storageDir, storageKey), root: null }),
    path(path) {
      if (ingestRoot === null) {
        throw new AppError("source-not-allowed", "Sources of type path are off on this worker.");
      }
      return { path, root: ingestRoot };
    },
    async url(url, signal) {
      if (network === null) {
        throw new AppError("source-not-allowed", "Sources of type url are off on this worker.");
      }
      // Loaded only here: trainers open storage too, and download nothing.
      const { DOWNLOAD_LIMITS, download } = await import("./download.js");
      const path = storedPath(storageDir, newDownloadKey());
      const asked = { network, limits: limits ?? DOWNLOAD_LIMITS, signal };
      const { bytes, sha256 } = await download(url, path, asked);
      const remove = () => rm(path, { force: true });
      return { file: { path, root: null }, bytes, sha256, remove };
    },
  };
}

/** Where a request names a folder of models. */
const CHECKPOINT = "/model/checkpoint/path";

/** A folder of the operator's models; without a `modelsDir` none. Throws `source-not-allowed`. */
export async function modelFolder(
  modelsDir: string | null,
  path: string,
  pointer = CHECKPOINT,
): Promise<string> {
  const errors = [{ pointer, detail: "Not a folder that may be read" }];
  if (modelsDir === null) {
    const detail =
      "Checkpoints are off on this worker; set MODELS_DIR to a folder that holds them.";
    throw new AppError("source-not-allowed", detail, { errors });
  }
  const found = await realPathBelow(modelsDir, path);
  if (found?.stats.isDirectory()) return found.path;
  throw new AppError("source-not-allowed", "The path is not a folder below MODELS_DIR.", {
    errors,
  });
}

/**
 * The bytes of a file in such a folder. Its links may lead to other places below `modelsDir`, as those of a
 * Hugging Face cache do, but not out of it. Throws `source-not-allowed`.
 */
export async function modelFile(
  modelsDir: string | null,
  path: string,
  pointer = CHECKPOINT,
): Promise<Buffer> {
  const handle = modelsDir === null ? null : await openBelow(modelsDir, path);
  if (handle === null) {
    const detail = `The checkpoint's ${basename(path)} cannot be read, or is a link that leads out of MODELS_DIR. Copy the file itself.`;
    const errors = [{ pointer, detail }];
    throw new AppError("source-not-allowed", detail, { errors });
  }
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
