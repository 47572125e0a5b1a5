/** Where a vector lies. */
export interface Place {
  readonly file: number;
  readonly record: number;
}

const WORDS = 4;

/**
 * Keys of 16 bytes and their places, open addressing in one array: 48 bytes a key at most, where a
 * Map of strings takes several times as many.
 */
export class KeyIndex {
  #slots = new Uint32Array(1024 * (WORDS + 2));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Notes a key's place; the first one counts. */
  add(key: Uint8Array, file: number, record: number): void {
    if (2 * (this.#size + 1) > this.#slots.length / (WORDS + 2)) this.#grow();
    const words = wordsOf(key);
    const at = this.#slotOf(words);
    if (this.#slots[at + WORDS] !== 0) return;
    this.#slots.set(words, at);
    this.#slots[at + WORDS] = file + 1;
    this.#slots[at + WORDS + 1] = record;
    this.#size++;
  }

  find(key: Uint8Array): Place | null {
    const at = this.#slotOf(wordsOf(key));
    const file = this.#slots[at + WORDS]!;
    return file === 0 ? null : { file: file - 1, record: this.#slots[at + WORDS + 1]! };
  }

  /** The slot of the key, or the free one where it would be. */
  #slotOf(words: Uint32Array): number {
    const slots = this.#slots;
    const count = slots.length / (WORDS + 2);
    for (let i = words[0]! % count; ; i = (i + 1) % count) {
      const at = i * (WORDS + 2);
      if (slots[at + WORDS] === 0) return at;
      if (words.every((word, w) => slots[at + w] === word)) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += WORDS + 2) {
      if (old[at + WORDS] === 0) continue;
      const slot = old.subarray(at, at + WORDS + 2);
      this.#slots.set(slot, this.#slotOf(slot.subarray(0, WORDS)));
    }
  }
}

function wordsOf(key: Uint8Array): Uint32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return Uint32Array.from({ length: WORDS }, (_, w) => view.getUint32(4 * w, true));
}
