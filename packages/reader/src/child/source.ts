import { createHash } from "node:crypto";
import type { RandomAccess } from "@winnow/corpus";
import { openBelow, openPlain, readAnywhere } from "@winnow/storage";
import { OutsideError } from "../messages/faults.js";
import type { FileRef } from "../messages/messages.js";

/** What one read may ask for: its length may be what a hostile file claims. */
const MAX_READ_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** A file that was opened once; whatever is read of it is read by that handle. */
export interface Source {
  readonly bytes: number;
  /** Each call reads from the start. */
  open(): AsyncIterable<Uint8Array>;
  readonly anywhere: RandomAccess;
  /** Reads the whole file for its checksum. */
  hash(): Promise<void>;
  /** Of the stored bytes, hex; null until all of them were read. */
  sha256(): string | null;
  close(): Promise<void>;
}

/** Opens a file; `onRead` is called for each piece that is read. Throws `OutsideError`. */
export async function openSource({ path, root }: FileRef, onRead: () => void): Promise<Source> {
  const handle = root === null ? await openPlain(path) : await openBelow(root, path);
  if (handle === null) throw new OutsideError("there is no such file below the root");
  const file = await readAnywhere(handle, MAX_READ_BYTES);
  let digest: string | null = null;
  const open = async function* () {
    const hash = createHash("sha256");
    for (let at = 0; ; ) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      onRead();
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      yield chunk;
      at += bytesRead;
    }
    // Reached only when every byte was read.
    digest = hash.digest("hex");
  };
  return {
    bytes: file.byteLength,
    open,
    anywhere: {
      byteLength: file.byteLength,
      slice(start, end) {
        onRead();
        return file.slice(start, end);
      },
    },
    async hash() {
      for await (const _ of open());
    },
    sha256: () => digest,
    close: () => file.close(),
  };
}
