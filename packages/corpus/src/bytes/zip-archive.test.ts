import { gzipSync } from "node:zlib";
import { strToU8, type Zippable, zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import type { RandomAccess } from "../options/ingest-options.js";
import { previewCorpus } from "../reading/preview.js";
import { readCorpus } from "../reading/read-corpus.js";
import { readWhole } from "../reading/read-whole.js";

const CSV = "text,label\none,a\ntwo,b\n";
const CSV_FORMAT = { format: { type: "csv" } } as const;

const zipped = (files: Zippable) => Buffer.from(zipSync(files));

/** Sets two bytes at an offset into the member's local header and into its directory entry. */
function patched(zip: Buffer, localAt: number, directoryAt: number, value: number): Buffer {
  const copy = Buffer.from(zip);
  copy.writeUInt16LE(value, localAt);
  copy.writeUInt16LE(value, copy.indexOf("PK\x01\x02") + directoryAt);
  return copy;
}

/** Written by Python's zipfile to a pipe: sizes come after the data, in a descriptor. */
const STREAMED = Buffer.from(
  "UEsDBBQACAAIAAAAIQAAAAAAAAAAAAAAAAAFAAAAeC5jc3YrSa0o0clJTErN4crPS9VJ5Copz9dJ4gIAUEsHCKI36eYZAAAAFwAAAFBLAQIUAxQACAAIAAAAIQCiN+nmGQAAABcAAAAFAAAAAAAAAAAAAACAAQAAAAB4LmNzdlBLBQYAAAAAAQABADMAAABMAAAAAAA=",
  "base64",
);

describe("zip", () => {
  it("with one file is read like that file, in pieces of any size", async () => {
    const files = [
      zipped({ "data/x.csv": strToU8(CSV) }),
      zipped({ "x.csv": [strToU8(CSV), { level: 0 }] }),
      STREAMED,
      zipped({
        data: { "x.csv": strToU8(CSV) },
        empty: {},
        "__MACOSX/data/._x.csv": strToU8("\0\x05"),
      }),
      zipped({ "数据.csv": strToU8(CSV), ".DS_Store": strToU8("x"), "Thumbs.db": strToU8("x") }),
      Buffer.concat([Buffer.from(zipped({ "x.csv": strToU8(CSV) }))]),
    ];
    for (const file of files) {
      for (const chunkBytes of [1, 7, 65_536]) {
        const { samples } = await readWhole(file, CSV_FORMAT, chunkBytes);
        expect(samples.map(({ line, text }) => [line, text])).toEqual([
          [2, "one"],
          [3, "two"],
        ]);
      }
      const preview = await previewCorpus(async function* () {
        yield file;
      });
      expect(preview).toMatchObject({
        compression: "zip",
        format: { type: "csv", textColumn: "text", labelColumn: "label" },
        problem: null,
      });
    }
  });

  it("may hold jsonl, GB18030 or parquet", async () => {
    const jsonl = zipped({
      "x.jsonl": strToU8('{"text":"one","label":"a"}\n{"text":"two","label":"b"}'),
    });
    expect((await readWhole(jsonl, { format: { type: "jsonl" } })).samples).toHaveLength(2);
    const gb = zipped({ "x.txt": Buffer.from("d6d05f215f330ad6d05f215f340a", "hex") });
    expect(
      (await readWhole(gb, { format: { type: "toutiao", encoding: "gb18030" } })).samples,
    ).toMatchObject([{ text: "中" }, { line: 2 }]);
    const columnData = [
      { name: "text", data: ["one", "two"] },
      { name: "label", data: ["a", "b"] },
    ];
    const parquet = zipped({ "x.parquet": new Uint8Array(parquetWriteBuffer({ columnData })) });
    expect((await readWhole(parquet, { format: { type: "parquet" } })).samples).toHaveLength(2);
    await expect(readWhole(parquet, CSV_FORMAT)).rejects.toMatchObject({
      code: "bad-format",
      message: expect.stringContaining("parquet"),
    });
  });

  it("is read by position, in a pass for each counting, and reports bytes of the file", async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `text ${(i * 7919) % 50_021},${i % 3}\n`);
    const file = zipped({ "x.csv": strToU8(`text,label\n${rows.join("")}`) });
    let largest = 0;
    const randomAccess: RandomAccess = {
      byteLength: file.length,
      slice(start, end = file.length) {
        largest = Math.max(largest, end - start);
        return Uint8Array.from(file.subarray(start, end)).buffer;
      },
    };
    async function* open() {
      yield file.subarray(0, 1000);
      throw new Error("read on from the start");
    }
    const seen: number[] = [];
    const options = { ...CSV_FORMAT, labels: { minPerClass: 2 }, randomAccess };
    const batches = readCorpus(open, { ...options, onProgress: (bytes) => seen.push(bytes) });
    let kept = 0;
    for await (const { samples } of batches) kept += samples.length;
    expect(kept).toBe(50_000);
    expect(largest).toBeLessThanOrEqual(128 * 1024);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeGreaterThan(file.length * 0.9);
    expect(seen.at(-1)).toBeLessThanOrEqual(file.length);
  });

  it("with several files or none says which there are", async () => {
    const two = zipped({ "train.csv": strToU8(CSV), "test.csv": strToU8(CSV) });
    await expect(readWhole(two, CSV_FORMAT)).rejects.toMatchObject({
      code: "bad-zip",
      message: expect.stringMatching(/2 files: "train.csv", "test.csv"\. Upload the one/),
    });
    const names = Array.from({ length: 30 }, (_, i) => [`part-${i}.csv`, strToU8(CSV)]);
    await expect(readWhole(zipped(Object.fromEntries(names)), CSV_FORMAT)).rejects.toMatchObject({
      message: expect.stringContaining("and 20 more"),
    });
    for (const none of [zipped({}), zipped({ folder: {} })]) {
      await expect(readWhole(none, CSV_FORMAT)).rejects.toMatchObject({
        code: "bad-zip",
        message: expect.stringContaining("no file"),
      });
    }
  });

  it("names what it holds if that is packed again, or a document", async () => {
    const cases: [file: Uint8Array, message: RegExp][] = [
      [zipped({ "x.csv.gz": gzipSync(CSV) }), /zip holds a gzip file/],
      [gzipSync(zipped({ "x.csv": strToU8(CSV) })), /gzip holds a zip file/],
      [gzipSync(gzipSync(CSV)), /gzip holds a gzip file/],
      [
        zipped({ "[Content_Types].xml": strToU8("<x/>"), "word/document.xml": strToU8("<x/>") }),
        /Word/,
      ],
      [
        zipped({ mimetype: strToU8("x"), "META-INF/manifest.xml": strToU8("<x/>") }),
        /OpenDocument/,
      ],
      [zipped({ "arr_0.npy": strToU8("\x93NUMPY") }), /NumPy archive/],
      [zipped({ "archive/data.pkl": strToU8("x"), "archive/version": strToU8("3") }), /PyTorch/],
    ];
    for (const [file, message] of cases) {
      const error = await readWhole(file, CSV_FORMAT).catch((reason) => reason);
      expect(error).toMatchObject({ code: "unsupported-file" });
      expect(error.message).toMatch(message);
    }
  });

  it("with a password or another method says so", async () => {
    const zip = zipped({ "x.csv": strToU8(CSV) });
    const methods: [method: number, name: RegExp][] = [
      [9, /deflate64/],
      [12, /bzip2/],
      [14, /lzma/],
      [77, /77/],
    ];
    for (const [method, name] of methods) {
      const error = await readWhole(patched(zip, 8, 10, method), CSV_FORMAT).catch(
        (reason) => reason,
      );
      expect(error).toMatchObject({ code: "bad-zip" });
      expect(error.message).toMatch(name);
    }
    for (const flags of [1, 0x41]) {
      await expect(readWhole(patched(zip, 6, 8, flags), CSV_FORMAT)).rejects.toMatchObject({
        code: "bad-zip",
        message: expect.stringContaining("without a password"),
      });
    }
  });

  it("that is cut off or damaged is one error, never a crash and never fewer rows", async () => {
    const text = `text,label\n${Array.from({ length: 300 }, (_, i) => `row ${i * i},${i % 2}\n`).join("")}`;
    const zip = zipped({ "x.csv": strToU8(text) });
    for (let length = 4; length < zip.length; length += 13) {
      await expect(readWhole(zip.subarray(0, length), CSV_FORMAT)).rejects.toMatchObject({
        code: "bad-zip",
      });
    }
    for (let at = 4; at < zip.length; at += 1) {
      const damaged = Buffer.from(zip);
      damaged[at]! ^= 0x55;
      const whole = await readWhole(damaged, CSV_FORMAT).catch((error) => error);
      if (whole instanceof Error) expect(whole.name).toBe("CorpusError");
      else expect(whole.samples).toHaveLength(300);
    }
  });

  it("stops a bomb, and passes on a fault of the disk", async () => {
    const bomb = zipped({ "x.csv": new Uint8Array(64 * 2 ** 20).fill(97) });
    await expect(readWhole(bomb, CSV_FORMAT)).rejects.toMatchObject({
      code: "too-large-decompressed",
      details: { limit: 200 },
    });
    const limits = { maxDecompressedBytes: 10 };
    await expect(readWhole(STREAMED, { ...CSV_FORMAT, limits })).rejects.toMatchObject({
      code: "too-large-decompressed",
      details: { limit: 10 },
    });
    await expect(
      readWhole(STREAMED, { ...CSV_FORMAT, limits: { maxBufferedBytes: 10 } }),
    ).rejects.toMatchObject({ code: "too-large-buffered" });
    const slice = () => Promise.reject(new Error("the disk went away"));
    const randomAccess = { byteLength: STREAMED.length, slice };
    await expect(readWhole(STREAMED, { ...CSV_FORMAT, randomAccess })).rejects.toThrow(
      "the disk went away",
    );
  });
});
