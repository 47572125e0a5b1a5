/** Whole numbers of 32 bits, as many as come. */
export class GrowingInts {
  #values = new Int32Array(1024);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const more = new Int32Array(2 * this.#values.length);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#count++] = value;
  }

  take(): Int32Array {
    return this.#values.slice(0, this.#count);
  }
}
