import { createReadStream, type ReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { AppError } from "@winnow/contracts";
import {
  newDownloadKey,
  type OpenFile,
  readAnywhere,
  realPathBelow,
  storedPath,
} from "@winnow/storage";
import type { Network } from "../network/guarded-agent.js";
import { DOWNLOAD_LIMITS, type DownloadLimits, download } from "./download.js";

/** The files a worker may read: uploads by storage key, paths below the ingest root, https URLs. */
export interface Storage {
  /** A stored upload. A missing file is our own fault, and throws a plain error. */
  upload(storageKey: string): Promise<StoredFile>;
  /** A file of the operator. Throws `source-not-allowed`. */
  path(path: string): Promise<StoredFile>;
  /**
   * Downloads a public https URL to a temporary file, so that it can be read twice. Throws
   * `source-not-allowed`, `payload-too-large`, `corpus-invalid`.
   */
  url(url: string, signal: AbortSignal): Promise<DownloadedFile>;
}

export interface DownloadedFile extends StoredFile {
  readonly sha256: string;
  remove(): Promise<void>;
}

export interface StoredFile {
  readonly bytes: number;
  /** Opens the file at its start. The caller destroys each stream. */
  open(): ReadStream;
  /** Opens the file for reading at any position. The caller closes it. */
  openAnywhere(): Promise<OpenFile>;
}

/**
 * Storage on a folder. Without an `ingestRoot` it refuses every path, without a `network` every URL.
 * Folders are absolute.
 */
export function openStorage(
  storageDir: string,
  ingestRoot: string | null,
  network: Network | null,
  limits: DownloadLimits = DOWNLOAD_LIMITS,
): Storage {
  return {
    upload: async (storageKey) => storedFile(storedPath(storageDir, storageKey)),
    async path(path) {
      if (ingestRoot === null) {
        throw new AppError("source-not-allowed", "Sources of type path are off on this worker.");
      }
      const found = await realPathBelow(ingestRoot, path);
      if (!found?.stats.isFile()) {
        throw new AppError("source-not-allowed", "The path is not a file below the ingest root.");
      }
      return storedFile(found.path);
    },
    async url(url, signal) {
      if (network === null) {
        throw new AppError("source-not-allowed", "Sources of type url are off on this worker.");
      }
      const path = storedPath(storageDir, newDownloadKey());
      const { sha256 } = await download(url, path, { network, limits, signal });
      return { ...(await storedFile(path)), sha256, remove: () => rm(path, { force: true }) };
    },
  };
}

/** A folder of the operator's models; without a `modelsDir` none. Throws `source-not-allowed`. */
export async function modelFolder(modelsDir: string | null, path: string): Promise<string> {
  const errors = [{ pointer: "/model/checkpoint/path", detail: "Not a folder that may be read" }];
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

async function storedFile(path: string): Promise<StoredFile> {
  const { size } = await stat(path);
  return {
    bytes: size,
    open: () => createReadStream(path, { highWaterMark: 1 << 18 }),
    openAnywhere: () => readAnywhere(path),
  };
}
