import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { previewCorpus } from "../reading/preview.js";
import { readWhole } from "../reading/read-whole.js";

const base64 = (text: string) => Buffer.from(text, "base64");

/** The first 40 bytes of files written by Python's libraries, padded as their own go on. */
const REAL_HEADS: readonly [kind: RegExp, advice: RegExp, head: Uint8Array][] = [
  [
    /Python pickle/,
    /read_pickle/,
    base64("gASVRg8AAAAAAABdlCh9lCiMBHRleHSUjAVyb3cgMJSMBWxhYmVslA=="),
  ],
  [
    /Python pickle/,
    /read_pickle/,
    base64("gAJjcGFuZGFzCkRhdGFGcmFtZQpxACmBcQF9cQIoWAQAAABfbWdycQ=="),
  ],
  [
    /Python pickle/,
    /read_pickle/,
    base64("XXEAKH1xAShYBAAAAHRleHRxAlgFAAAAcm93IDBxA1gFAAAAbGFiZQ=="),
  ],
  [
    /Python pickle/,
    /read_pickle/,
    base64("Y2NvcHlfcmVnCl9yZWNvbnN0cnVjdG9yCnAwCihjcGFuZGFzCkRhdA=="),
  ],
  [/bzip2/, /bzip2 -dc/, base64("QlpoOTFBWSZTWaFbprIAA1HZgAAQQAR/4DIElMBAAlwwTQDH+qgP1Q==")],
  [/bzip2/, /bzip2 -dc/, base64("QlpoORdyRThQkAAAAAA=")],
  [/xz file/, /xz -dc/, base64("/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AdsAOddADoZS3gQr6F2RQ==")],
  [/lzma/, /xz -dc/, base64("XQAAgAD//////////wA6GUt4EK+hdkVkNZfk/cCOdKInFSTCLiwZ3w==")],
  [
    /Arrow \(Feather\)/,
    /parquet/,
    base64("QVJST1cxAAD/////+AIAABAAAAAAAAoADgAGAAUACAAKAAAAAAEEAA=="),
  ],
  [
    /Arrow stream/,
    /to_parquet/,
    base64("/////+gCAAAQAAAAAAAKAA4ABgAFAAgACgAAAAABBAAQAAAAAAAKAA=="),
  ],
  [/ORC/, /read_orc/, base64("T1JDCgcSBQjIAVAACiAKAwAAABIZCMgBIhIKBXJvdyAwEgZyb3cgOQ==")],
  [/Avro/, /fastavro/, base64("T2JqAQQUYXZyby5jb2RlYwhudWxsFmF2cm8uc2NoZW1h6AF7InR5cA==")],
  [/SQLite/, /sqlite3/, base64("U1FMaXRlIGZvcm1hdCAzABAAAQEAQCAgAAAABQAAAAIAAAAAAAAAAA==")],
  [/HDF5/, /read_hdf/, base64("iUhERg0KGgoAAAAAAAgIAAQAEAAAAAAAAAAAAAAAAAD//////////w==")],
  [/NumPy array/, /import/, base64("k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZQ==")],
  [/Stata/, /read_stata/, base64("cgIBAAIAyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")],
  [/old Office file/, /xlsx/, Buffer.concat([base64("0M8R4KGxGuE="), Buffer.alloc(500)])],
  [/tar archive/, /Unpack/, Buffer.concat([Buffer.alloc(257, "x.csv\0"), Buffer.from("ustar\0")])],
  [/7z/, /Unpack/, Buffer.from("377abcaf271c0004", "hex")],
  [/rar/, /Unpack/, Buffer.from("526172211a0700", "hex")],
  [/lz4/, /lz4 -dc/, Buffer.from("04224d1864407d0100", "hex")],
  [/Snappy/, /gzip/, Buffer.from("ff060000734e61507059", "hex")],
  [/PDF/, /csv/, Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "latin1")],
  [/PNG/, /table/, Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")],
  [/JPEG/, /table/, Buffer.from("ffd8ffe000104a46494600", "hex")],
  [
    /Git LFS/,
    /git lfs pull/,
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
  ],
];

/** Text of other kinds; a table could begin like it, so it is named only if it gives no rows. */
const OTHER_TEXT: readonly [kind: RegExp, text: string][] = [
  [
    /HTML page/,
    "\uFEFF\n<!DOCTYPE html>\n<html><head><title>Sign in, please</title></head></html>\n",
  ],
  [/HTML page/, "<html>\n<body>a, b</body>\n</html>\n"],
  [/XML file/, '<?xml version="1.0"?>\n<rows>\n<row text="a" label="b"/>\n</rows>\n'],
  [/YAML/, "- text: one\n  label: a\n- text: two\n  label: b\n"],
  [/ARFF/, "@relation iris\n@attribute text string\n@data\n'one',a\n"],
  [/SQL dump/, "-- MySQL dump 10.13\n--\nINSERT INTO `t` VALUES (1,'a');\n"],
];

describe("files of other kinds", () => {
  it.each(REAL_HEADS)("%s is named, with what to do (%#)", async (kind, advice, head) => {
    const file = Buffer.concat([head, Buffer.alloc(600)]);
    for (const type of ["csv", "jsonl", "toutiao", "parquet"] as const) {
      const error = await readWhole(file, { format: { type } }).catch((reason) => reason);
      expect(error).toMatchObject({ name: "CorpusError", code: "unsupported-file" });
      expect(error.message).toMatch(kind);
      expect(error.message).toMatch(advice);
    }
    for (const packed of [file, gzipSync(file)]) {
      const preview = previewCorpus(async function* () {
        yield packed;
      });
      await expect(preview).rejects.toMatchObject({ code: "unsupported-file" });
    }
  });

  it.each(OTHER_TEXT)("%s is named where it gives no rows (%#)", async (kind, text) => {
    for (const type of ["csv", "tsv", "jsonl", "toutiao-multilevel"] as const) {
      const error = await readWhole(text, { format: { type } }).catch((reason) => reason);
      expect(error).toMatchObject({ code: "unsupported-file", cause: { name: "CorpusError" } });
      expect(error.message).toMatch(kind);
    }
  });

  it("a table that begins with the same words is read", async () => {
    const tables: [start: string, delimiter: string][] = [
      ["<html><b>one</b></html>", "\t"],
      ["<?xml version='1.0'?>", "\t"],
      ["- text: one", ","],
      ["%PDF is a format", ","],
      ["ORC", ","],
      ["Rar!", ","],
      ["MZ", "|"],
      ["GIF89a", ","],
      ["RIFF", ","],
      ["BZh9", ","],
      ["FEA1", ","],
      ["PK", ","],
      ["GGUF", ","],
    ];
    for (const [start, delimiter] of tables) {
      const file = `${start}${delimiter}a\nmore text${delimiter}b\n`;
      const format = { type: "delimited", delimiter, header: false } as const;
      const { samples } = await readWhole(file, { format });
      expect(samples.map(({ text }) => text)).toEqual([start, "more text"]);
    }
  });
});
