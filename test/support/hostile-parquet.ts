import type { FileMetaData, PageHeader, SchemaElement } from "hyparquet";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";

/** A page as it is claimed to be, and what it really holds. */
export interface Page {
  readonly header: Partial<PageHeader> & Pick<PageHeader, "type">;
  readonly bytes: Uint8Array;
}

type Codec = NonNullable<
  FileMetaData["row_groups"][number]["columns"][number]["meta_data"]
>["codec"];

export interface HandmadeParquet {
  /** Of the column `text`; the column `label` is as it should be. */
  readonly pages: readonly Page[];
  readonly rows: number;
  readonly codec?: Codec;
  /** Of `text`, its parents included; by default one optional text. */
  readonly schema?: readonly SchemaElement[];
  readonly path?: readonly string[];
  /** Changes what the footer says. */
  readonly lie?: (metadata: FileMetaData) => void;
}

const TEXT: readonly SchemaElement[] = [
  { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
];

/** A parquet file made page by page, whatever its headers claim. */
export function handmadeParquet({
  pages,
  rows,
  codec = "UNCOMPRESSED",
  schema = TEXT,
  path = ["text"],
  lie = () => {},
}: HandmadeParquet): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.appendBytes(Buffer.from("PAR1"));
  const labels = Array.from({ length: rows }, (_, i) => plainText("ab"[i % 2]!));
  const columns = [
    columnOf(writer, [...path], pages, rows, codec),
    columnOf(writer, ["label"], [plainPage(labels, rows)], rows, "UNCOMPRESSED"),
  ];
  const metadata: FileMetaData = {
    version: 1,
    schema: [
      { name: "root", num_children: 2 },
      ...schema,
      { name: "label", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    ],
    num_rows: BigInt(rows),
    row_groups: [{ columns, total_byte_size: 100n, num_rows: BigInt(rows) }],
    metadata_length: 0,
  };
  lie(metadata);
  writeMetadata(writer, metadata);
  writer.appendBytes(Buffer.from("PAR1"));
  return new Uint8Array(writer.getBuffer());
}

function columnOf(
  writer: ByteWriter,
  path: string[],
  pages: readonly Page[],
  rows: number,
  codec: Codec,
): FileMetaData["row_groups"][number]["columns"][number] {
  const start = writer.offset;
  for (const { header, bytes } of pages) {
    writePageHeader(writer, {
      uncompressed_page_size: bytes.length,
      compressed_page_size: bytes.length,
      ...header,
    });
    writer.appendBytes(bytes);
  }
  const size = BigInt(writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: "BYTE_ARRAY",
      encodings: ["PLAIN"],
      path_in_schema: path,
      codec,
      num_values: BigInt(rows),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(start),
    },
  };
}

export const plainText = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Runs behind their length, as levels stand in a page of version 1. */
export const levels = (...runs: readonly (readonly number[])[]): Buffer => {
  const bytes = runs.flat();
  return Buffer.from([bytes.length, 0, 0, 0, ...bytes]);
};

/** A run of `count` equal values of up to 8 bits. */
export function runOf(count: number, value: number): number[] {
  return [...varint(count * 2), value];
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

type Encoding = NonNullable<PageHeader["data_page_header"]>["encoding"];

/** A page of version 1 that claims so many values. */
export const pageOf = (count: number, encoding: Encoding, bytes: Uint8Array): Page => ({
  header: {
    type: "DATA_PAGE",
    data_page_header: {
      num_values: count,
      encoding,
      definition_level_encoding: "RLE",
      repetition_level_encoding: "RLE",
    },
  },
  bytes,
});

export const plainPage = (values: readonly Buffer[], count: number): Page =>
  pageOf(count, "PLAIN", Buffer.concat(values));

/** A dictionary that claims so many values. */
export const dictionaryOf = (values: readonly Buffer[], count = values.length): Page => ({
  header: {
    type: "DICTIONARY_PAGE",
    dictionary_page_header: { num_values: count, encoding: "PLAIN", is_sorted: false },
  },
  bytes: Buffer.concat(values),
});

/** Every row refers to the first value of the dictionary; all rows have one. */
export const firstOfDictionary = (rows: number): Page =>
  pageOf(rows, "RLE_DICTIONARY", Buffer.concat([levels(runOf(rows, 1)), Buffer.from([0])]));

/** The smallest of them: 2^31 - 1 values in a page that holds none. */
export const claimsTooMany = (): Uint8Array<ArrayBuffer> =>
  handmadeParquet({ rows: 3, pages: [pageOf(2 ** 31 - 1, "RLE_DICTIONARY", Buffer.from([0]))] });
