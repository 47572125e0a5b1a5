import { CopyRowWriter } from "../format/copy-row-writer.js";

/** Rows one after another, as a binary COPY has them between its header and its trailer. */
export interface RowBlock {
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Writes rows of one kind into blocks. */
export class RowBlockWriter<T> {
  readonly #row: CopyRowWriter;
  readonly #write: (row: CopyRowWriter, item: T) => void;
  #rows = 0;

  /** `write` writes the fields of one row. */
  constructor(columns: number, write: (row: CopyRowWriter, item: T) => void) {
    this.#row = new CopyRowWriter(columns);
    this.#write = write;
  }

  add(item: T): void {
    this.#write(this.#row.row(), item);
    this.#rows += 1;
  }

  /** Whether a block is worth taking: its bytes are many. */
  get full(): boolean {
    return this.#row.full;
  }

  /** The rows since the last call. */
  take(): RowBlock {
    const block = { rows: this.#rows, bytes: this.#row.take() };
    this.#rows = 0;
    return block;
  }

  /** These rows alone. */
  blockOf(items: Iterable<T>): RowBlock {
    for (const item of items) this.add(item);
    return this.take();
  }
}
