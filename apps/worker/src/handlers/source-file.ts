import { createHash } from "node:crypto";
import type { ReadStream } from "node:fs";
import type { DatasetSource } from "@winnow/contracts";
import { wholeUpload } from "@winnow/store";
import type { HandlerDeps } from "../handler.js";
import type { StoredFile } from "../storage.js";

/** A file that is hashed while it is read. */
export interface SourceFile {
  readonly bytes: number;
  /** Each call reads from the start. */
  open(): AsyncIterable<Uint8Array>;
  /** Of the bytes as they lie in storage, hex. Throws if they are not those that were uploaded. */
  sha256(): string | null;
  /** Ends the streams that are still open, and takes a downloaded file away. */
  close(): Promise<void>;
}

export type FileSource = Exclude<DatasetSource, { type: "dataset" }>;

/**
 * Opens the file that an ingest reads; a URL's is fetched first. Throws `upload-not-found`,
 * `upload-incomplete`, `source-not-allowed`, `payload-too-large`, `corpus-invalid`.
 */
export async function openSourceFile(source: FileSource, deps: HandlerDeps): Promise<SourceFile> {
  switch (source.type) {
    case "upload": {
      const upload = await wholeUpload(deps.store.pool, source.uploadId);
      return hashed(await deps.storage.upload(upload.storageKey), upload.sha256);
    }
    case "path":
      return hashed(await deps.storage.path(source.path), null);
    case "url": {
      await deps.announce({ phase: "downloading" });
      const file = await deps.storage.url(source.url, deps.signal);
      return hashed(file, file.sha256, file.remove);
    }
  }
}

function hashed(
  file: StoredFile,
  expected: string | null,
  remove: () => Promise<void> = async () => {},
): SourceFile {
  const streams: ReadStream[] = [];
  let digest = expected;
  return {
    bytes: file.bytes,
    async *open() {
      const hash = createHash("sha256");
      const stream = file.open();
      streams.push(stream);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
      // Reached only when every byte was read.
      digest = hash.digest("hex");
    },
    sha256() {
      if (expected !== null && digest !== expected) {
        throw new Error(`the stored file has the checksum ${digest}, its upload had ${expected}`);
      }
      return digest;
    },
    async close() {
      for (const stream of streams) stream.destroy();
      await remove();
    },
  };
}
