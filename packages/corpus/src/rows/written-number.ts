/** A number as it is written, where a double would be written otherwise: 6552368441838272771, 1.10. */
export class WrittenNumber {
  readonly #written: string;

  constructor(written: string) {
    this.#written = written;
  }

  toString(): string {
    return this.#written;
  }

  valueOf(): number {
    return Number(this.#written);
  }
}
