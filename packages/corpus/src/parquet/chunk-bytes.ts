import type { RandomAccess } from "../options/ingest-options.js";

/** The bytes of a column chunk, of which a window is held. */
export class ChunkBytes {
  readonly #file: RandomAccess;
  readonly #end: number;
  readonly #windowBytes: number;
  #window = new Uint8Array(0);
  #windowAt = 0;

  constructor(
    file: RandomAccess,
    { start, bytes }: { start: number; bytes: number },
    windowBytes: number,
  ) {
    this.#file = file;
    this.#end = start + bytes;
    this.#windowBytes = windowBytes;
  }

  /** How many bytes there are from this position of the file on. */
  left(at: number): number {
    return this.#end - at;
  }

  /** At least `bytes` bytes from `at` on, or as many as there are. */
  async from(at: number, bytes: number): Promise<Uint8Array> {
    const wanted = Math.min(bytes, this.left(at));
    const inWindow = this.#windowAt + this.#window.length - at;
    if (at < this.#windowAt || inWindow < wanted) {
      const end = Math.min(at + Math.max(wanted, this.#windowBytes), this.#end);
      this.#window = new Uint8Array(await this.#file.slice(at, end));
      this.#windowAt = at;
      if (this.#window.length < wanted) throw new Error("a column that ends too early");
    }
    return this.#window.subarray(at - this.#windowAt);
  }
}
