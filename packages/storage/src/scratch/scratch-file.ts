import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newPartOf } from "../layout/parts.js";

/**
 * A file for what does not fit into memory, made when the first bytes come. It has no name any more
 * as soon as it is open: however the process ends, nothing is left of it.
 */
export class ScratchFile {
  #file: number | undefined;
  #length = 0;
  readonly #folder: string;

  constructor(folder = tmpdir()) {
    this.#folder = folder;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Returns where the bytes begin. */
  append(bytes: Uint8Array): number {
    const start = this.#length;
    this.#file ??= openNameless(this.#folder);
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#file, bytes, at, bytes.length - at, this.#length);
      at += written;
      this.#length += written;
    }
    return start;
  }

  read(at: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.#file!, into, done, into.length - done, at + done);
      if (got === 0) throw new Error("the scratch file ended before what was written to it");
      done += got;
    }
  }

  /** All of it, in blocks. */
  *chunks(blockBytes = 2 ** 20): Generator<Uint8Array> {
    for (let at = 0; at < this.#length; ) {
      const block = new Uint8Array(Math.min(blockBytes, this.#length - at));
      this.read(at, block);
      at += block.length;
      yield block;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Nobody else can have made it: the name is new, or the call fails. */
function openNameless(folder: string): number {
  const path = newPartOf(join(folder, "scratch"));
  try {
    return openSync(path, "wx+", 0o600);
  } finally {
    rmSync(path, { force: true });
  }
}
