import type { DecodedArray, FileMetaData } from "hyparquet";
import { readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import { isFlatColumn } from "hyparquet/src/schema.js";
import type { ChunkBytes } from "./chunk-bytes.js";
import { unpackedPage } from "./decompress-page.js";
import { type ColumnDecoder, checkCount, checkPage } from "./page-checks.js";
import { readPageHeader } from "./page-header.js";

type Codec = NonNullable<
  FileMetaData["row_groups"][number]["columns"][number]["meta_data"]
>["codec"];

/**
 * The values of a column chunk from its first row on, page by page: the library decodes a page after it was
 * unpacked and checked.
 */
export class ColumnReader {
  readonly #chunk: ChunkBytes;
  readonly #decoder: ColumnDecoder;
  readonly #codec: Codec;
  readonly #isFlat: boolean;
  #at: number;
  #rowsLeft: number;
  #dictionary: DecodedArray | undefined;
  /** Values of rows that were not asked for yet. */
  #ready: DecodedArray = [];

  constructor(
    chunk: ChunkBytes,
    start: number,
    { decoder, codec, rows }: { decoder: ColumnDecoder; codec: Codec; rows: number },
  ) {
    this.#chunk = chunk;
    this.#at = start;
    this.#decoder = { ...decoder, codec: "UNCOMPRESSED" };
    this.#codec = codec;
    this.#isFlat = isFlatColumn(decoder.schemaPath);
    this.#rowsLeft = rows;
  }

  /** The values of the next rows. Throws where there are fewer. */
  async read(rows: number): Promise<DecodedArray> {
    const parts: DecodedArray[] = [];
    // The last row of a page of lists may go on in the next one.
    const wanted = this.#isFlat ? rows : rows + 1;
    let found = this.#ready.length;
    while (found < wanted && this.#chunk.left(this.#at) > 1) {
      const values = await this.#nextPage();
      if (!values) continue;
      if (this.#isFlat) {
        parts.push(this.#ready);
        found += values.length;
      } else found = values.length;
      this.#ready = values;
    }
    parts.push(this.#ready);
    if (found < rows) {
      const name = JSON.stringify(this.#decoder.pathInSchema.join("."));
      throw new Error(`the column ${name} ends ${rows - found} rows before its row group`);
    }
    const last = this.#ready.length - (found - rows);
    parts[parts.length - 1] = this.#ready.slice(0, last);
    this.#ready = this.#isFlat ? this.#ready.slice(last) : rest(this.#ready, last);
    return joined(parts.filter((part) => part.length > 0));
  }

  /** The values of a data page; of lists, those of all rows that were not given away. */
  async #nextPage(): Promise<DecodedArray | null> {
    const { header, start } = await readPageHeader(this.#chunk, this.#at);
    checkCount(header, this.#rowsLeft, this.#isFlat);
    const packed = await this.#chunk.from(start, header.compressed_page_size);
    const own = packed.subarray(0, header.compressed_page_size);
    this.#at = start + header.compressed_page_size;
    const unpacked = unpackedPage(own, header, this.#codec);
    // The values of a page that is not packed are views of it, and outlive the window.
    const page = unpacked.page.buffer === own.buffer ? Uint8Array.from(own) : unpacked.page;
    checkPage(page, unpacked.header, this.#decoder);
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const before = this.#isFlat ? undefined : this.#ready;
    const read = readPage(
      { view, offset: 0 },
      unpacked.header,
      this.#decoder,
      this.#dictionary,
      before,
      0,
    );
    if (header.dictionary_page_header) {
      this.#dictionary = convert(read.data ?? [], this.#decoder);
      return null;
    }
    const values = read.data ?? [];
    if (this.#isFlat) this.#rowsLeft -= values.length;
    return values;
  }
}

function rest(values: DecodedArray, from: number): DecodedArray {
  const left: unknown[] = [];
  for (let i = from; i < values.length; i += 1) left.push(values[i]);
  return left;
}

function joined(parts: readonly DecodedArray[]): DecodedArray {
  if (parts.length <= 1) return parts[0] ?? [];
  const whole: unknown[] = [];
  for (const part of parts) for (const value of part) whole.push(value);
  return whole;
}
