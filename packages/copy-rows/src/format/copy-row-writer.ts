// Rows of PostgreSQL's binary COPY format: per row an int16 field count and per field an int32 length (-1 for
// null) and the bytes. https://www.postgresql.org/docs/current/sql-copy.html

import { MAX_UNIT_BYTES, maxJsonBytes, writeJsonString, writeText } from "./utf8.js";

const FLUSH_BYTES = 1 << 18;
const BUFFER_BYTES = 2 * FLUSH_BYTES;
const [OPEN, COMMA, CLOSE] = Buffer.from("[,]") as unknown as [number, number, number];
/** For so many, room for the longest JSON that they may become is cheap. */
const FEW_UNITS = 4096;
/** An empty int4[] with its length. */
const NO_ITEMS = Buffer.from("0000000c000000000000000000000017", "hex");

/** Writes rows field by field; call its methods in the order of the COPY's columns. */
export class CopyRowWriter {
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #length = 0;

  constructor(readonly columns: number) {}

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

  float4(value: number | null): this {
    if (value === null) return this.null();
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
    this.#reserve(4 + value.length * MAX_UNIT_BYTES);
    return this.#measured(writeText(this.#buffer, this.#length + 4, value));
  }

  /** A text: these values as an array of JSON. */
  jsonTexts(values: readonly (string | null)[]): this {
    let units = 0;
    for (let i = 0; i < values.length; i++) units += values[i]?.length ?? 0;
    if (units > FEW_UNITS) return this.text(JSON.stringify(values));
    this.#reserve(maxJsonBytes(values.length, units));
    const bytes = this.#buffer;
    let at = this.#length + 4;
    bytes[at++] = OPEN;
    for (let i = 0; i < values.length; i++) {
      if (i > 0) bytes[at++] = COMMA;
      const value = values[i]!;
      at = value === null ? writeText(bytes, at, "null") : writeJsonString(bytes, at, value);
    }
    bytes[at++] = CLOSE;
    return this.#measured(at);
  }

  bytes(value: Uint8Array): this {
    this.#int32(value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  /** Fields that are written already, with their lengths. */
  fields(written: Uint8Array): this {
    this.#reserve(written.byteLength);
    this.#buffer.set(written, this.#length);
    this.#length += written.byteLength;
    return this;
  }

  /** A one-dimensional int4[]: dimensions, null flag, element type 23, length, lower bound, items. */
  int4Array(values: readonly number[]): this {
    if (values.length === 0) return this.fields(NO_ITEMS);
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

  /** Returns a copy of the bytes so far: a new buffer for the next ones would keep the collector busy. */
  take(): Buffer<ArrayBuffer> {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    // After one long row.
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    return taken;
  }

  /** Ends a field that was written behind its length. */
  #measured(end: number): this {
    this.#buffer.writeInt32BE(end - this.#length - 4, this.#length);
    this.#length = end;
    return this;
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
