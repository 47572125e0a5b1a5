import { createHash } from "node:crypto";
import type { ReadStream } from "node:fs";
import type { DatasetSource } from "@winnow/contracts";
import type { RandomAccess } from "@winnow/corpus";
import { wholeUpload } from "@winnow/store";
import type { Storage, StoredFile } from "../files/storage.js";
import type { HandlerDeps } from "../tasks/handler.js";

const HEAD_BYTES = 16;

/** A file that is hashed while it is read. */
export interface SourceFile {
  readonly bytes: number;
  /** Each call reads from the start. */
  open(): AsyncIterable<Uint8Array>;
  /**
   * For formats that read at any position; the file is hashed first. undefined for a file that is
   * not wanted, as its first bytes show.
   */
  openAnywhere(isWanted: (head: Uint8Array) => boolean): Promise<RandomAccess | undefined>;
  /** To look at parts of the file; nothing is hashed. */
  positions(): Promise<RandomAccess>;
  /** Of the stored bytes, hex. Throws if they are not the uploaded ones. */
  sha256(): string | null;
  /** Ends the open streams, and removes a downloaded file. */
  close(): Promise<void>;
}

export type FileSource = Exclude<DatasetSource, { type: "dataset" }>;

/**
 * Opens the file that an ingest reads; a URL's is fetched first. Throws `upload-not-found`,
 * `upload-incomplete`, `source-not-allowed`, `payload-too-large`, `corpus-invalid`.
 */
export async function openSourceFile(
  source: FileSource,
  deps: HandlerDeps & { readonly storage: Storage },
): Promise<SourceFile> {
  switch (source.type) {
    case "upload": {
      const upload = await wholeUpload(deps.store, source.uploadId);
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
  const handles: { close(): Promise<void> }[] = [];
  let digest = expected;
  const open = async function* () {
    const hash = createHash("sha256");
    const stream = file.open();
    streams.push(stream);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
    // Reached only when every byte was read.
    digest = hash.digest("hex");
  };
  const positions = async () => {
    const access = await file.openAnywhere();
    handles.push(access);
    return access;
  };
  return {
    bytes: file.bytes,
    open,
    positions,
    async openAnywhere(isWanted) {
      const access = await positions();
      if (!isWanted(new Uint8Array(await access.slice(0, HEAD_BYTES)))) return undefined;
      for await (const _ of open());
      return access;
    },
    sha256() {
      if (expected !== null && digest !== expected) {
        throw new Error(
          `the stored file has the checksum ${digest}, but its upload had ${expected}`,
        );
      }
      return digest;
    },
    async close() {
      for (const stream of streams) stream.destroy();
      await Promise.all(handles.map((handle) => handle.close()));
      await remove();
    },
  };
}
