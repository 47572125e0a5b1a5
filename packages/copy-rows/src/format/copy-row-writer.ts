import { once } from "node:events";
import { finished } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { Transaction } from "./client.js";

// PostgreSQL's binary COPY format: an 11-byte signature, flags, extension length; then per row an
// int16 field count and per field an int32 length (-1 for null) and the bytes; an int16 -1 ends it.
// https://www.postgresql.org/docs/current/sql-copy.html
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const FLUSH_BYTES = 1 << 18;

/** Writes rows field by field; call its methods in the order of the COPY's columns. */
export class CopyRowWriter {
  #buffer = Buffer.allocUnsafe(FLUSH_BYTES * 2);
  #length = 0;

  constructor(readonly columns: number) {
    this.#length = SIGNATURE.copy(this.#buffer);
    this.#int32(0);
    this.#int32(0);
  }

  get full(): boolean {
    return this.#length >= FLUSH_BYTES;
  }

  row(): this {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(this.columns, this.#length);
    return this;
  }

  null(): this {
    this.#int32(-1);
    return this;
  }

  int2(value: number): this {
    this.#int32(2);
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
    return this;
  }

  int4(value: number | null): this {
    if (value === null) return this.null();
    this.#int32(4);
    this.#int32(value);
    return this;
  }

  float4(value: number): this {
    this.#int32(4);
    this.#reserve(4);
    this.#length = this.#buffer.writeFloatBE(value, this.#length);
    return this;
  }

  float8(value: number | null): this {
    if (value === null) return this.null();
    this.#int32(8);
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
    return this;
  }

  /** Postgres text cannot contain NUL; the corpus rejects such rows. */
  text(value: string | null): this {
    if (value === null) return this.null();
    this.#reserve(4 + value.length * 3);
    const written = this.#buffer.write(value, this.#length + 4, "utf8");
    this.#buffer.writeInt32BE(written, this.#length);
    this.#length += 4 + written;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#int32(value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  /** A one-dimensional int4[]: dimensions, null flag, element type 23, length, lower bound, items. */
  int4Array(values: readonly number[]): this {
    if (values.length === 0) return this.#words([12, 0, 0, 23]);
    this.#words([20 + values.length * 8, 1, 0, 23, values.length, 1]);
    for (const value of values) this.#words([4, value]);
    return this;
  }

  #words(values: readonly number[]): this {
    for (const value of values) this.#int32(value);
    return this;
  }

  /** jsonb in binary: a version byte 1, then the text. */
  jsonb(value: unknown): this {
    const text = Buffer.from(JSON.stringify(value));
    this.#int32(text.byteLength + 1);
    this.#reserve(text.byteLength + 1);
    this.#buffer[this.#length] = 1;
    this.#buffer.set(text, this.#length + 1);
    this.#length += text.byteLength + 1;
    return this;
  }

  end(): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(-1, this.#length);
  }

  /** Returns the bytes so far; the writer continues with a new buffer. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.allocUnsafe(FLUSH_BYTES * 2);
    this.#length = 0;
    return taken;
  }

  #int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/**
 * COPYs batches of rows into `table (columns)` with back-pressure; `write` writes the fields of one
 * row. Returns the number of rows.
 */
export async function copyIn<T>(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  batches: Iterable<Iterable<T>> | AsyncIterable<Iterable<T>>,
  write: (row: CopyRowWriter, item: T) => void,
): Promise<number> {
  const stream = tx.query(copyFrom(`COPY ${table} (${columns.join(", ")}) FROM STDIN BINARY`));
  // Attached before the first row: the server may report an error while we wait for rows.
  const done = finished(stream);
  done.catch(() => {});
  const writer = new CopyRowWriter(columns.length);
  let count = 0;
  try {
    for await (const batch of batches) {
      for (const item of batch) {
        write(writer.row(), item);
        count++;
        if (writer.full && !stream.write(writer.take())) {
          await Promise.race([once(stream, "drain"), done]);
        }
      }
    }
    writer.end();
    stream.end(writer.take());
  } catch (error) {
    stream.destroy(error as Error);
    await done.catch(() => {});
    throw error;
  }
  await done;
  return count;
}

/** One row of a binary COPY: the position of each field's bytes. A length of -1 is null. */
export interface CopyRow {
  readonly view: Buffer;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
}

/**
 * Streams a query's rows in the binary format. `onRow` is called for every row in order and must
 * read what it needs before it returns: the row object and its buffer are reused. Yields the number
 * of rows after each chunk; the server waits while the consumer does.
 */
export async function* copyOut(
  tx: Transaction,
  query: string,
  columns: number,
  onRow: (row: CopyRow) => void,
): AsyncGenerator<number> {
  const stream = tx.query(copyTo(`COPY (${query}) TO STDOUT BINARY`));
  const offsets = new Int32Array(columns);
  const lengths = new Int32Array(columns);
  let rest: Buffer = Buffer.alloc(0);
  let headerSeen = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const view: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = view;
    let at = 0;
    if (!headerSeen) {
      if (view.length < 19) continue;
      at = 19 + view.readInt32BE(15);
      headerSeen = true;
    }
    const row = { view, offsets, lengths };
    let rows = 0;
    for (;;) {
      const next = locateRow(view, at, columns, offsets, lengths);
      if (next < 0) break;
      onRow(row);
      rows++;
      at = next;
    }
    rest = view.subarray(at);
    yield rows;
  }
}

/**
 * Fills offsets and lengths of the row at `at`; returns where the next row begins, -1 if
 * incomplete.
 */
function locateRow(
  view: Buffer,
  at: number,
  columns: number,
  offsets: Int32Array,
  lengths: Int32Array,
): number {
  if (at + 2 > view.length || view.readInt16BE(at) === -1) return -1;
  let p = at + 2;
  for (let c = 0; c < columns; c++) {
    if (p + 4 > view.length) return -1;
    const length = view.readInt32BE(p);
    p += 4;
    offsets[c] = p;
    lengths[c] = length;
    if (length > 0) p += length;
    if (p > view.length) return -1;
  }
  return p;
}
