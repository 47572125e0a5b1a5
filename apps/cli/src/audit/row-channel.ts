/** Rows that one loop gives and another takes, a batch at a time: the giver waits for the taker. */
export class RowChannel<Row> implements AsyncIterable<Row> {
  #batch: readonly Row[] | undefined;
  #isClosed = false;
  #failure: unknown;
  #taken: (() => void) | undefined;
  #given: (() => void) | undefined;

  /** Resolves once every row is taken. Throws what the taker failed with. */
  async give(rows: readonly Row[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (rows.length === 0) return;
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#batch = rows;
    this.#given?.();
    await taken;
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#isClosed = true;
    this.#given?.();
  }

  /** The taker ended with an error. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#taken?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    for (;;) {
      if (this.#batch === undefined) {
        if (this.#isClosed) return;
        await new Promise<void>((resolve) => {
          this.#given = resolve;
        });
        continue;
      }
      yield* this.#batch;
      this.#batch = undefined;
      this.#taken?.();
    }
  }
}
