import { deflateSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import {
  claimsTooMany,
  dictionaryOf,
  firstOfDictionary,
  handmadeParquet,
  levels,
  type Page,
  pageOf,
  plainText,
  runOf,
  varint,
} from "../../../../test/support/hostile-parquet.js";
import { readWhole } from "../reading/read-whole.js";

const PARQUET = { format: { type: "parquet" } } as const;
const read = (file: Uint8Array<ArrayBuffer>) => readWhole(file, PARQUET);

const ROWS = 3;
const TEXTS = ["x", "y", "z"].map(plainText);
const HERE = levels(runOf(ROWS, 1));

/** A file whose texts are in these pages. */
const withPages = (pages: readonly Page[], codec?: "ZSTD" | "GZIP" | "SNAPPY" | "BROTLI") =>
  handmadeParquet({ rows: ROWS, pages, ...(codec ? { codec } : {}) });

const v2 = (header: object, bytes: Uint8Array): Page => ({
  header: {
    type: "DATA_PAGE_V2",
    data_page_header_v2: {
      num_values: ROWS,
      num_nulls: 0,
      num_rows: ROWS,
      encoding: "PLAIN",
      definition_levels_byte_length: 0,
      repetition_levels_byte_length: 0,
      is_compressed: false,
      ...header,
    },
  },
  bytes,
});

it("a file made by hand is read", async () => {
  const plain = pageOf(ROWS, "PLAIN", Buffer.concat([HERE, ...TEXTS]));
  const { samples } = await read(withPages([plain]));
  expect(samples.map(({ text }) => text)).toEqual(["x", "y", "z"]);
  const known = await read(withPages([dictionaryOf(TEXTS), firstOfDictionary(ROWS)]));
  expect(known.samples.map(({ text }) => text)).toEqual(["x", "x", "x"]);
});

/** 32 blocks of a repeated byte, 128 KiB each. */
const zstdRuns = () => {
  const block = (last: number) => {
    const header = ((2 ** 17) << 3) | (1 << 1) | last;
    return [header & 255, (header >> 8) & 255, (header >> 16) & 255, 0];
  };
  const blocks = Array.from({ length: 32 }, (_, i) => block(i === 31 ? 1 : 0)).flat();
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, ...blocks]);
};

/** Prefixes and suffixes as deltas: `count` texts that repeat the first one, of `size` bytes. */
const frontCoded = (count: number, size: number) => {
  const deltas = (first: number, second: number) => {
    const zigzag = (value: number) => (value >= 0 ? value * 2 : -value * 2 - 1);
    const miniblocks = 4;
    const head = [
      ...varint(128),
      ...varint(miniblocks),
      ...varint(count),
      ...varint(zigzag(first)),
    ];
    const blocks: number[] = [];
    let before = first;
    for (let left = count - 1; left > 0; left -= 128) {
      blocks.push(...varint(zigzag(second - before)), 0, 0, 0, 0);
      before = second;
      if (left > 128) throw new Error("one block is enough here");
    }
    return [...head, ...blocks];
  };
  // The second delta repeats in its block, so the texts grow; the check counts what they would take.
  return Buffer.from([...deltas(0, size), ...deltas(size, 0), ...new Array(size).fill(120)]);
};

const hostile: Record<string, () => Uint8Array<ArrayBuffer>> = {
  "2^31 values in a page": claimsTooMany,
  "2^31 values without nulls": () => withPages([pageOf(2 ** 31 - 1, "PLAIN", HERE)]),
  "a negative number of values": () => withPages([pageOf(-1, "PLAIN", HERE)]),
  "more values than rows": () => withPages([pageOf(ROWS + 1, "PLAIN", levels(runOf(4, 1)))]),
  "levels that run on and on": () => withPages([pageOf(ROWS, "PLAIN", levels(runOf(2 ** 30, 1)))]),
  "packed levels of no end": () =>
    withPages([pageOf(ROWS, "PLAIN", levels([...varint(2 ** 31 + 1), 0]))]),
  "levels longer than their page": () =>
    withPages([pageOf(ROWS, "PLAIN", Buffer.from([255, 255, 255, 255, 6, 1]))]),
  "references that run on and on": () =>
    withPages([
      dictionaryOf(TEXTS),
      pageOf(ROWS, "RLE_DICTIONARY", Buffer.concat([HERE, Buffer.from([2, ...runOf(2 ** 30, 1)])])),
    ]),
  "references of 255 bits": () =>
    withPages([
      dictionaryOf(TEXTS),
      pageOf(ROWS, "RLE_DICTIONARY", Buffer.concat([HERE, Buffer.from([255, 6, 1])])),
    ]),
  "a dictionary of 2^31 values": () => withPages([dictionaryOf(TEXTS, 2 ** 31 - 1)]),
  "a page that unpacks to 2 GB": () =>
    withPages(
      [
        {
          header: { ...pageOf(ROWS, "PLAIN", HERE).header, uncompressed_page_size: 2 ** 31 - 1 },
          bytes: HERE,
        },
      ],
      "GZIP",
    ),
  "a zstd page of runs beyond its size": () =>
    withPages(
      [
        {
          header: { ...pageOf(ROWS, "PLAIN", HERE).header, uncompressed_page_size: 1000 },
          bytes: zstdRuns(),
        },
      ],
      "ZSTD",
    ),
  "a gzip page beyond its size": () => {
    const bytes = gzipSync(Buffer.alloc(2 ** 24));
    const header = { ...pageOf(ROWS, "PLAIN", HERE).header, uncompressed_page_size: 1000 };
    return withPages([{ header, bytes }], "GZIP");
  },
  "a page of another packing": () =>
    withPages([{ ...pageOf(ROWS, "PLAIN", deflateSync(HERE)) }], "GZIP"),
  "a page longer than its column": () =>
    withPages([
      {
        header: { ...pageOf(ROWS, "PLAIN", HERE).header, compressed_page_size: 2 ** 30 },
        bytes: HERE,
      },
    ]),
  "a page of a negative size": () =>
    withPages([
      { header: { ...pageOf(ROWS, "PLAIN", HERE).header, compressed_page_size: -50 }, bytes: HERE },
    ]),
  "version 2 with more nulls than values": () => withPages([v2({ num_nulls: 2 ** 30 }, HERE)]),
  "version 2 with less than no nulls": () => withPages([v2({ num_nulls: -(2 ** 30) }, HERE)]),
  "version 2 with 2^31 rows": () => withPages([v2({ num_rows: 2 ** 31 - 1 }, HERE)]),
  "version 2 with levels beyond the page": () =>
    withPages([v2({ definition_levels_byte_length: 2 ** 30 }, HERE)]),
  "version 2 with levels before the page": () =>
    withPages([v2({ repetition_levels_byte_length: -8 }, HERE)]),
  "deltas in no parts": () =>
    withPages([
      pageOf(
        ROWS,
        "DELTA_LENGTH_BYTE_ARRAY",
        Buffer.concat([HERE, Buffer.from([...varint(128), 0, 3, 2])]),
      ),
    ]),
  "deltas in 2^31 parts": () =>
    withPages([
      pageOf(
        ROWS,
        "DELTA_LENGTH_BYTE_ARRAY",
        Buffer.concat([HERE, Buffer.from([...varint(128), ...varint(2 ** 31 - 1), 3, 2])]),
      ),
    ]),
  "more deltas than values": () =>
    withPages([
      pageOf(
        ROWS,
        "DELTA_BYTE_ARRAY",
        Buffer.concat([HERE, Buffer.from([...varint(128), 4, ...varint(2 ** 30), 2])]),
      ),
    ]),
  "texts that repeat a beginning that is not there": () =>
    withPages([pageOf(ROWS, "DELTA_BYTE_ARRAY", Buffer.concat([HERE, frontCoded(ROWS, 100)]))]),
  "a list of 2^31 values": () =>
    handmadeParquet({
      rows: ROWS,
      path: ["text", "list", "element"],
      schema: [
        { name: "text", num_children: 1, converted_type: "LIST", repetition_type: "OPTIONAL" },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        {
          name: "element",
          type: "BYTE_ARRAY",
          converted_type: "UTF8",
          repetition_type: "OPTIONAL",
        },
      ],
      pages: [
        pageOf(2 ** 31 - 1, "PLAIN", Buffer.concat([levels(runOf(3, 0)), levels(runOf(3, 0))])),
      ],
    }),
  "a schema 300 levels deep": () =>
    handmadeParquet({
      rows: ROWS,
      pages: [pageOf(ROWS, "PLAIN", HERE)],
      schema: [
        ...Array.from({ length: 300 }, (_, i) => ({ name: `g${i}`, num_children: 1 })),
        { name: "text", type: "BYTE_ARRAY" as const },
      ],
    }),
  "2^31 children": () =>
    withFooter(
      [
        [0x15, 2, 0x19, 0x1c, 0x48, 1, 0x72, 0x15],
        varint(2 ** 32 - 2),
        [0, 0x16, 0, 0x19, 0x0c, 0],
      ].flat(),
    ),
  "a decimal of a billion digits": () =>
    handmadeParquet({
      rows: ROWS,
      pages: [pageOf(ROWS, "PLAIN", HERE)],
      schema: [{ name: "text", type: "BYTE_ARRAY", converted_type: "DECIMAL", scale: 2 ** 30 }],
    }),
  "a column without a name": () =>
    withFooter(
      [
        [0x15, 2, 0x19, 0x2c, 0x48, 1, 0x72, 0x15, 2, 0, 0x15, 12, 0],
        [0x16, 0, 0x19, 0x0c, 0],
      ].flat(),
    ),
  "a column beyond the file": () =>
    handmadeParquet({
      rows: ROWS,
      pages: [],
      lie: ({ row_groups }) => {
        row_groups[0]!.columns[0]!.meta_data!.total_compressed_size = 2n ** 40n;
      },
    }),
  "a column of another type than its schema's": () =>
    handmadeParquet({
      rows: ROWS,
      pages: [pageOf(ROWS, "PLAIN", HERE)],
      lie: ({ row_groups }) => {
        row_groups[0]!.columns[0]!.meta_data!.type = "INT96";
      },
    }),
  "a row group of 2^40 rows": () =>
    handmadeParquet({
      rows: ROWS,
      pages: [],
      lie: ({ row_groups }) => {
        row_groups[0]!.num_rows = 2n ** 40n;
      },
    }),
  "fewer values than rows": () =>
    withPages([pageOf(1, "PLAIN", Buffer.concat([levels(runOf(1, 1)), TEXTS[0]!]))]),
  "a footer of nested lists": () =>
    withFooter(new Array(60).fill([0x19, 0xf9, ...varint(2 ** 25)]).flat()),
  "a footer of one long list": () => withFooter([0x29, 0xfc, ...varint(2 ** 25), 0, 0]),
  "a footer of a long text": () => withFooter([0x18, ...varint(2 ** 31 - 1)]),
  "a footer of an endless number": () => withFooter([0x15, ...new Array(20_000).fill(255)]),
  "an empty footer": () => withFooter([]),
};

function withFooter(footer: readonly number[]): Uint8Array<ArrayBuffer> {
  const end = Buffer.from("....PAR1");
  end.writeUInt32LE(footer.length);
  return Uint8Array.from([...Buffer.from("PAR1"), ...footer, ...end]);
}

it.each(Object.entries(hostile))("%s: refused before it is allocated", async (_, make) => {
  const file = make();
  const before = process.memoryUsage();
  await expect(read(file)).rejects.toMatchObject({ code: "bad-parquet" });
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(
    150e6,
  );
});

it("a text that a dictionary has once and many rows refer to counts for each row", async () => {
  const rows = 300;
  const pages = [dictionaryOf([plainText("x".repeat(1_000_000))]), firstOfDictionary(rows)];
  await expect(read(handmadeParquet({ rows, pages }))).rejects.toMatchObject({
    code: "too-large-decompressed",
    message: expect.stringContaining("rows hold more than"),
  });
});

it("a row beyond the limit of a line is a reject, in a list of references too", async () => {
  const long = [dictionaryOf([plainText("x".repeat(2 ** 20 + 1))]), firstOfDictionary(ROWS)];
  const plain = handmadeParquet({ rows: ROWS, pages: long });
  await expect(read(plain)).rejects.toMatchObject({
    code: "no-rows-kept",
    details: {
      rejects: [1, 2, 3].map((line) => expect.objectContaining({ line, reason: "too-long" })),
    },
  });
});
