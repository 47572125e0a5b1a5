import fc from "fast-check";
import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import {
  type DatasetFormat,
  TEXT_ENCODINGS,
  type TextEncoding,
} from "../options/dataset-format.js";
import { previewCorpus } from "../reading/preview.js";
import { readWhole } from "../reading/read-whole.js";

/** Texts as Python encodes them. */
const SAMPLES: readonly [encoding: TextEncoding, text: string, hex: string][] = [
  ["big5", "許功蓋，四", "b35ca55cbb5ca141a57c"],
  ["shift_jis", "表ソポ、ｱ①", "955c835c837c8141b18740"],
  ["euc-kr", "똠방각하, 한국어", "8c63b9e6b0a2c7cf2c20c7d1b1b9beee"],
  ["euc-jp", "表ソポ日本", "c9bda5bda5ddc6fccbdc"],
  ["gb18030", "中文𠀀€", "d6d0cec495328236a2e3"],
  ["windows-1250", "žluťoučký", "9e6c759d6f75e86bfd"],
  ["windows-1251", "привет", "eff0e8e2e5f2"],
  ["windows-1252", "“Größe” – 5 €", "934772f6df6594209620352080"],
  ["windows-1253", "Ελλάδα", "c5ebebdce4e1"],
  ["windows-1254", "şğıİ", "fef0fddd"],
  ["windows-1255", "שלום", "f9ece5ed"],
  ["windows-1256", "مرحبا", "e3d1cdc8c7"],
  ["windows-1257", "ąčęž", "e0e8e6fe"],
  ["windows-1258", "ăâđêôơư", "e3e2f0eaf4f5fd"],
  ["windows-874", "สวัสดี", "cac7d1cab4d5"],
  ["iso-8859-2", "žluťoučký", "be6c75bb6f75e86bfd"],
  ["iso-8859-5", "привет", "dfe0d8d2d5e2"],
  ["iso-8859-7", "Ελλάδα", "c5ebebdce4e1"],
  ["iso-8859-15", "œuvre €", "bd7576726520a4"],
  ["koi8-r", "привет", "d0d2c9d7c5d4"],
  ["koi8-u", "привіт", "d0d2c9d7a6d4"],
  ["macintosh", "“Größe” ÿ", "d247729aa765d320d8"],
  ["ibm850", "Größe ÿ", "477294e1652098"],
  ["ibm866", "привет", "afe0a8a2a5e2"],
  ["utf-8", "“Größe” 中文 𠀀", "e2809c4772c3b6c39f65e2809d20e4b8ade6968720f0a08080"],
  ["utf-16le", "中文 “𠀀”", "2d4e876520001c2040d800dc1d20"],
  ["utf-16be", "中文 “𠀀”", "4e2d65870020201cd840dc00201d"],
];

function encoded(text: string, encoding: TextEncoding): Buffer {
  return iconv.encode(text, encoding === "utf-16" ? "utf-16le" : encoding, { addBOM: false });
}

async function read(file: Uint8Array, format: Partial<DatasetFormat>, chunkBytes = 3) {
  const whole = await readWhole(file, { format: { type: "csv", ...format } }, chunkBytes);
  return {
    rows: whole.samples.map(({ line, text, classIndex }) => [
      line,
      text,
      whole.classes[classIndex]?.name,
    ]),
    rejects: whole.rejects.map(({ line, reason, excerpt }) => [line, reason, excerpt]),
  };
}

describe("encodings", () => {
  it("has a sample of each", () => {
    const named = SAMPLES.map(([encoding]) => encoding);
    expect([...TEXT_ENCODINGS].sort()).toEqual([...named, "utf-16"].sort());
  });

  it.each(SAMPLES)(
    "%s: reads %s, as text and label, whatever the chunks",
    async (encoding, text, hex) => {
      const cell = Buffer.from(hex, "hex");
      expect(encoded(text, encoding)).toEqual(cell);
      const ascii = (part: string) => encoded(part, encoding);
      const file = Buffer.concat([
        ascii('text,label\r\n"'),
        cell,
        ascii('","'),
        cell,
        ascii('"\r\nplain,a\r\n'),
      ]);
      for (const chunkBytes of [1, 2, 7, 1000]) {
        expect(await read(file, { encoding }, chunkBytes)).toEqual({
          rows: [
            [2, text, text],
            [3, "plain", "a"],
          ],
          rejects: [],
        });
      }
    },
  );

  it("a character whose second byte is a backslash or a bar is no escape and no delimiter", async () => {
    for (const [encoding, text] of [
      ["big5", "許功蓋四"],
      ["shift_jis", "表ソポ"],
    ] as const) {
      const file = encoded(`text|label\n"${text}"|${text}\n${text}|x\n`, encoding);
      const format = { type: "delimited", delimiter: "|", escape: "backslash", encoding } as const;
      expect((await read(file, format)).rows).toEqual([
        [2, text, text],
        [3, text, "x"],
      ]);
    }
  });

  const broken: [TextEncoding, string][] = [
    ["big5", "a5"],
    ["big5", "8080"],
    ["shift_jis", "83"],
    ["shift_jis", "fd41"],
    ["euc-kr", "c7"],
    ["euc-kr", "ffff"],
    ["euc-jp", "a5"],
    ["gb18030", "81"],
    ["windows-1252", "81"],
    ["windows-1253", "d2"],
    ["utf-8", "ff"],
    ["utf-16le", "00d8"],
    ["utf-16be", "dc00"],
  ];
  it.each(broken)(
    "%s: a line with the bytes %s is a reject, and no other",
    async (encoding, hex) => {
      const part = (text: string) => encoded(text, encoding);
      const file = Buffer.concat([
        part("text,label\nfine,a\nbad "),
        Buffer.from(hex, "hex"),
        part(",a\nfine too,b\n"),
      ]);
      const { rows, rejects } = await read(file, { encoding });
      expect(rows).toEqual([
        [2, "fine", "a"],
        [4, "fine too", "b"],
      ]);
      const reason = encoding === "utf-8" ? "bad-utf8" : "bad-encoding";
      expect(rejects).toEqual([[3, reason, expect.stringMatching(/^bad \uFFFD/)]]);
    },
  );

  it("a file that ends in half a unit of UTF-16 loses its last line alone", async () => {
    const file = encoded("text,label\nfine,a\nfine too,b\nbad,b", "utf-16le");
    const { rows, rejects } = await read(file.subarray(0, -1), { encoding: "utf-16le" });
    expect(rows.length).toBe(2);
    expect(rejects).toMatchObject([[4, "bad-encoding", expect.stringContaining("bad")]]);
  });

  it("reads long lines of two-byte characters in pieces, and finds the quotes between them", async () => {
    for (const encoding of ["big5", "utf-16be", "gb18030"] as const) {
      const long = "四功".repeat(2000);
      const file = encoded(`text,label\n"${long}\nx,y\n",a\nfine,a\nfine,b\n`, encoding);
      const options = {
        format: { type: "csv", encoding },
        limits: { maxLineBytes: 1000 },
      } as const;
      const whole = await readWhole(file, options, 333);
      expect(whole.rejects).toMatchObject([{ line: 2, reason: "too-long" }]);
      expect(whole.samples.map(({ line }) => line)).toEqual([5, 6]);
    }
  });

  it("rows of any text come back from UTF-16, whatever the chunks", async () => {
    const cell = fc
      .string({ unit: "binary", maxLength: 20 })
      .map((text) => `x${text.replaceAll("\0", "")}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell),
        fc.integer({ min: 1, max: 40 }),
        async (cells, chunkBytes) => {
          const lines = cells.map((text, i) => `"${text.replaceAll('"', '""')}",${i % 2}`);
          const file = ["text,label", ...lines, "x,0", "x,1"].join("\n");
          for (const encoding of ["utf-16le", "utf-16be"] as const) {
            const { rows, rejects } = await read(encoded(file, encoding), { encoding }, chunkBytes);
            expect(rejects).toEqual([]);
            expect(rows.map(([, text]) => text)).toEqual([...cells, "x", "x"]);
          }
        },
      ),
    );
  });
});

describe("byte order marks", () => {
  const table = "text,label\none,a\ntwo,b\n";
  const rows = [
    [2, "one", "a"],
    [3, "two", "b"],
  ];
  const marked = {
    "utf-8": Buffer.from(`\uFEFF${table}`),
    "utf-16le": encoded(`\uFEFF${table}`, "utf-16le"),
    "utf-16be": encoded(`\uFEFF${table}`, "utf-16be"),
    gb18030: encoded(`\uFEFF${table}`, "gb18030"),
  };

  it.each(Object.entries(marked))(
    "%s: the mark is dropped, and says the encoding where none is given",
    async (encoding, file) => {
      expect(await read(file, {}, 1)).toEqual({ rows, rejects: [] });
      expect(await read(file, { encoding: encoding as TextEncoding })).toEqual({
        rows,
        rejects: [],
      });
    },
  );

  it("UTF-16 of either order, with or without a mark, is read as utf-16", async () => {
    for (const encoding of ["utf-16le", "utf-16be"] as const) {
      for (const file of [marked[encoding], encoded(table, encoding)]) {
        expect(await read(file, { encoding: "utf-16" })).toEqual({ rows, rejects: [] });
      }
    }
  });

  it("a mark that contradicts the encoding given is an error that names both", async () => {
    await expect(read(marked["utf-16le"], { encoding: "gb18030" })).rejects.toMatchObject({
      code: "bad-encoding",
      message: expect.stringMatching(/utf-16le.*gb18030/),
    });
    await expect(read(marked["utf-8"], { encoding: "big5" })).rejects.toMatchObject({
      code: "bad-encoding",
    });
  });

  it("UTF-16 without a mark and UTF-32 are errors that say what to do", async () => {
    await expect(read(encoded(table, "utf-16be"), {})).rejects.toMatchObject({
      code: "bad-encoding",
      message: expect.stringContaining("Give the encoding utf-16be"),
    });
    await expect(read(Buffer.from("fffe000061000000", "hex"), {})).rejects.toMatchObject({
      code: "bad-encoding",
      message: expect.stringContaining("iconv -f UTF-32"),
    });
  });
});

describe("the preview of other encodings", () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `"text ${i}, 表 許",${i % 3}`);
  const table = `text,label\n${lines.join("\n")}\n`;

  it.each(["utf-16le", "utf-16be", "utf-16"] as const)(
    "%s: shows whole rows only",
    async (encoding) => {
      const file = encoded(table, encoding);
      async function* open() {
        for (let at = 0; at < file.length; at += 1000) yield file.subarray(at, at + 1000);
      }
      for (const format of [undefined, { type: "csv", encoding }] as const) {
        const seen = await previewCorpus(open, { format, bytes: 5001, rows: 1000 });
        expect(seen).toMatchObject({ rejects: [], problem: null });
        expect(seen.encoding).toBe(encoding === "utf-16" ? "utf-16le" : encoding);
        expect(seen.rowsLooked).toBeGreaterThan(50);
        seen.samples.forEach(({ text }, i) => {
          expect(text).toBe(`text ${i}, 表 許`);
        });
      }
    },
  );
});
