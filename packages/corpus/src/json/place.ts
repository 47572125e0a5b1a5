/** Where something stands in a file: both count from 1, columns in characters. */
export interface Place {
  line: number;
  column: number;
}

/** Follows bytes of UTF-8 and knows the place of the next one. Lines end in LF, CR LF or CR. */
export class PlaceCounter {
  #line = 1;
  #column = 1;
  #afterReturn = false;

  get place(): Place {
    return { line: this.#line, column: this.#column };
  }

  /** Passes the bytes from `start` to before `end`. */
  pass(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]!;
      if (byte === 0x0a || byte === 0x0d) {
        if (byte === 0x0d || !this.#afterReturn) this.#line += 1;
        this.#column = 1;
        this.#afterReturn = byte === 0x0d;
      } else {
        this.#afterReturn = false;
        // Bytes after the first of a character are 10xxxxxx.
        if ((byte & 0xc0) !== 0x80) this.#column += 1;
      }
    }
  }
}
