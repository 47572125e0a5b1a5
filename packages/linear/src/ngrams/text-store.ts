import type { Texts } from "./texts.js";

const CHUNK = 1 << 24;

/**
 * Texts in a fraction of the memory that strings take: one byte a character where all of a text's
 * are below U+0100, else two.
 */
export class TextStore implements Texts {
  count = 0;
  readonly #chunks: Buffer[] = [];
  #used = CHUNK;
  #chunkOf = new Uint16Array(1024);
  #starts = new Uint32Array(1024);
  /** The length in bytes, doubled; the last bit says whether characters have two. */
  #lengths = new Uint32Array(1024);

  add(text: string): void {
    const wide = hasWide(text);
    const bytes = wide ? 2 * text.length : text.length;
    if (this.#chunks.length === 0 || this.#used + bytes > this.#chunks.at(-1)!.length) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK, bytes)));
      this.#used = 0;
    }
    const row = this.count++;
    if (row === this.#starts.length) this.#grow();
    this.#chunks.at(-1)!.write(text, this.#used, wide ? "utf16le" : "latin1");
    this.#chunkOf[row] = this.#chunks.length - 1;
    this.#starts[row] = this.#used;
    this.#lengths[row] = 2 * bytes + Number(wide);
    this.#used += bytes;
  }

  text(row: number): string {
    const start = this.#starts[row]!;
    const length = this.#lengths[row]!;
    const end = start + (length >>> 1);
    const chunk = this.#chunks[this.#chunkOf[row]!]!;
    return chunk.toString(length & 1 ? "utf16le" : "latin1", start, end);
  }

  /** Every text, in order. */
  *all(): Iterable<string> {
    for (let row = 0; row < this.count; row++) yield this.text(row);
  }

  #grow(): void {
    const room = Math.ceil(1.5 * this.#starts.length);
    const chunkOf = new Uint16Array(room);
    const starts = new Uint32Array(room);
    const lengths = new Uint32Array(room);
    chunkOf.set(this.#chunkOf);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#chunkOf = chunkOf;
    this.#starts = starts;
    this.#lengths = lengths;
  }
}

function hasWide(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return true;
  return false;
}
