import { AppError, type DatasetSource } from "@winnow/contracts";
import { type FileRef, OutsideError } from "@winnow/reader";
import { wholeUpload } from "@winnow/store";
import type { Storage } from "../files/storage.js";
import type { HandlerDeps } from "../tasks/handler.js";

/** The file that an ingest reads. */
export interface SourceFile {
  readonly file: FileRef;
  /** The checksum that its bytes must have, hex; null: any. */
  readonly sha256: string | null;
  /** Removes a downloaded file. */
  remove(): Promise<void>;
}

export type FileSource = Extract<DatasetSource, { type: "upload" | "path" | "url" }>;

/**
 * Finds the file that an ingest reads; a URL's is fetched first. Throws `upload-not-found`,
 * `upload-incomplete`, `source-not-allowed`, `payload-too-large`, `corpus-invalid`.
 */
export async function findSourceFile(
  source: FileSource,
  deps: HandlerDeps & { readonly storage: Storage },
): Promise<SourceFile> {
  switch (source.type) {
    case "upload": {
      const upload = await wholeUpload(deps.store, source.uploadId);
      const file = deps.storage.upload(upload.storageKey);
      return { file, sha256: upload.sha256, remove: async () => {} };
    }
    case "path":
      return { file: deps.storage.path(source.path), sha256: null, remove: async () => {} };
    case "url": {
      await deps.announce({ phase: "downloading" });
      return deps.storage.url(source.url, deps.signal);
    }
  }
}

/** The checksum of the bytes that were read. Throws if they are not the uploaded ones. */
export function checkedSum({ sha256: expected }: SourceFile, read: string | null): string | null {
  if (expected === null || read === expected || read === null) return read ?? expected;
  throw new Error(`the stored file has the checksum ${read}, but its upload had ${expected}`);
}

/** The error as the job's owner may know it. */
export const sourceError = (error: unknown): unknown =>
  error instanceof OutsideError
    ? new AppError("source-not-allowed", "The path is not a file below the ingest root.", {
        cause: error,
      })
    : error;
