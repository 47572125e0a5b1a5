import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { xlsxFile } from "../../../../test/support/xlsx.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { type PreviewOptions, previewCorpus } from "./preview.js";
import { resolveFormat } from "./resolve-format.js";

function preview(file: Uint8Array | string, options: PreviewOptions = {}) {
  async function* open() {
    yield typeof file === "string" ? Buffer.from(file) : file;
  }
  return previewCorpus(open, options);
}

describe("previewCorpus", () => {
  const guesses: [file: string, format: DatasetFormat][] = [
    ["1|,|a/b,c|,|title|,|k|,|\n2|,|d|,|more|,||,|\n", { type: "toutiao-multilevel" }],
    ["one_!_3\ntwo_!_4\n", { type: "toutiao" }],
    [
      "label,gt,text,group\n1,1,first of all,5\n0,1,second of all,5\n",
      { type: "csv", textColumn: "text", labelColumn: "label", trueLabelColumn: "gt" },
    ],
    [
      "ID\tTitle\tCategory\n1\tone, two\ta\n2\tthree\tb\n",
      { type: "tsv", textColumn: "Title", labelColumn: "Category", idColumn: "ID" },
    ],
    [
      "x|a first long text\ny|a second long text\nx|the third text\n",
      { type: "delimited", delimiter: "|", header: false, textColumn: 1, labelColumn: 0 },
    ],
    [
      '{"doc":{"title":"long text one"},"kind":"a"}\n{"doc":{"title":"long text two"},"kind":"b"}\n{"doc":{"title":"long text x"},"kind":"a"}\n',
      { type: "jsonl", textColumn: "doc.title", labelColumn: "kind" },
    ],
  ];
  it.each(guesses)("guesses the format and columns (%#)", async (file, format) => {
    const seen = await preview(file);
    expect(seen).toMatchObject({ guessed: true, compression: "none", encoding: "utf-8" });
    expect(seen.format).toEqual(format);
    expect(seen.problem).toBeNull();
    expect(seen.samples.length).toBeGreaterThan(1);
    expect((await preview(gzipSync(file))).format).toEqual(format);
  });

  const SORTED = Array.from(
    { length: 30_000 },
    (_, i) => `${i < 20_000 ? "bad" : "good"},a text, ${i}`,
  );
  const sorted = `y,x\n${SORTED.map((line) => line.replace(/,(.*)/, ',"$1 of some words"')).join("\n")}\n`;

  it("finds the label of a sorted file whose start has one label only", async () => {
    expect(sorted.slice(0, 256 * 1024).includes("good")).toBe(false);
    const format = { type: "csv", textColumn: "x", labelColumn: "y" };
    const access = await new Blob([sorted]).arrayBuffer();
    for (const seen of [
      await preview(sorted, { randomAccess: access }),
      await preview(sorted),
      await preview(gzipSync(sorted)),
    ]) {
      expect(seen).toMatchObject({ format, problem: null });
      expect(seen.classes).toEqual([{ index: 0, name: "bad", count: expect.any(Number) }]);
      expect(seen.confidence).toBeGreaterThan(0.7);
    }
  });

  it("says how sure it is, and what else the file could be", async () => {
    const sure = await preview("text,label\na film,good\na play,bad\n");
    expect(sure).toMatchObject({ confidence: expect.any(Number), alternatives: [], problem: null });
    const rows = ["a film,x,p", "a play,y,q", "an opera,x,q", "a song,y,p"];
    const unsure = await preview(["a,b,c", ...rows, ...rows].join("\n"));
    expect(unsure.confidence).toBeLessThan(sure.confidence);
    expect(unsure.problem).toMatchObject({ code: "format-unclear" });
    expect(unsure.problem?.message).toContain("the label may be in");
    expect(unsure.samples.length).toBe(8);
    const given = await preview("a,b\nx y,z\n", { format: { type: "csv", textColumn: "a" } });
    expect(given).toMatchObject({ confidence: 1, alternatives: [], guessed: false });
  });

  it("reads past Excel's line that names the delimiter", async () => {
    const seen = await preview("sep=;\r\ntext;label\r\na film;good\r\na play;bad\r\n");
    expect(seen.samples.map(({ line, text }) => [line, text])).toEqual([
      [3, "a film"],
      [4, "a play"],
    ]);
    expect(seen).toMatchObject({ rejects: [], problem: null });
  });

  it("guesses a Cyrillic encoding, and reads the file in it", async () => {
    const russian = Buffer.from(
      "ceeae0e7e0ebeef1fc20eff0e5eae0f1edee2c310aeff0e5eae0f1ede0ff20eae0f0f2e8ede02c300a",
      "hex",
    );
    const seen = await preview(Buffer.concat([Buffer.from("text,label\n"), russian]));
    expect(seen).toMatchObject({ encoding: "windows-1251", problem: null });
    expect(seen.format).toMatchObject({ type: "csv", encoding: "windows-1251" });
    expect(seen.samples.map(({ text }) => text)).toEqual([
      "Оказалось прекасно",
      "прекасная картина",
    ]);
  });

  it("takes the column whose class names a parquet file stores for the label", async () => {
    const features = { a: { dtype: "int64" }, b: { names: ["no", "yes"], _type: "ClassLabel" } };
    const huggingface = JSON.stringify({ info: { features } });
    const columnData = [
      { name: "t", data: ["one text", "two texts", "three"] },
      { name: "a", data: [0, 1, 0] },
      { name: "b", data: [1, 0, 1] },
    ];
    const kvMetadata = [{ key: "huggingface", value: huggingface }];
    const file = new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }));
    expect((await preview(file)).format).toMatchObject({ textColumn: "t", labelColumn: "b" });
  });

  it("detects GB18030", async () => {
    const gb = Buffer.from([0xd6, 0xd0, 0xce, 0xc4]);
    const line = Buffer.concat([gb, Buffer.from("_!_3\n")]);
    const seen = await preview(Buffer.concat([line, line]));
    expect(seen).toMatchObject({ encoding: "gb18030", format: { encoding: "gb18030" } });
    expect(seen.samples[0]?.text).toBe("中文");
  });

  it("reads only whole lines of the first bytes, and shows only so many rows", async () => {
    const file = `text,label\n${Array.from({ length: 5000 }, (_, i) => `t${i},${i % 3}`).join("\n")}`;
    const seen = await preview(file, { rows: 5, bytes: 1000 });
    expect(seen.samples.length).toBe(5);
    expect(seen.rejects).toEqual([]);
    expect(seen.rowsLooked).toBeGreaterThan(100);
    expect(seen.rowsLooked).toBeLessThan(200);
    expect(seen.classes.map(({ name }) => name).sort()).toEqual(["0", "1", "2"]);
  });

  it("says why a given format does not fit, and which columns exist", async () => {
    const format: DatasetFormat = { type: "csv", textColumn: "titel" };
    const seen = await preview("title,label\nx,a\n", { format });
    expect(seen.columns).toEqual(["title", "label"]);
    expect(seen.problem).toMatchObject({ code: "column-not-found" });
    expect(seen).toMatchObject({ guessed: false, samples: [] });
    const prose = await preview("just some words\nand some more of them\n");
    expect(prose).toMatchObject({ format: null, problem: { code: "format-unclear" } });
  });

  it("shows parquet's columns and first rows", async () => {
    const columnData = [
      { name: "title", data: ["one", "two"] },
      { name: "label", data: ["a", "b"] },
    ];
    const seen = await preview(new Uint8Array(parquetWriteBuffer({ columnData })));
    expect(seen.format).toEqual({ type: "parquet", textColumn: "title", labelColumn: "label" });
    expect(seen.samples.map(({ text }) => text)).toEqual(["one", "two"]);
  });

  const rows = [
    { text: "the first long text", label: "a", n: 1 },
    { text: "a second long text", label: "b", n: 2 },
    { text: "the third of them", label: "a", n: 3 },
  ];
  const inColumns = {
    text: rows.map(({ text }) => text),
    label: rows.map(({ label }) => label),
  };
  const named = { type: "json", textColumn: "text", labelColumn: "label" } as const;
  const task = (id: number, review: string, choice: string) => ({
    id,
    data: { url: `https://example.org/${id}`, review },
    annotations: [{ result: [{ from_name: "s", value: { choices: [choice] } }] }],
  });
  const documents: [document: unknown, format: DatasetFormat][] = [
    [rows, named],
    [{ version: "1", data: rows }, named],
    [inColumns, named],
    [{ x: rows[0], y: rows[1], z: rows[2] }, named],
    [rows.map(({ text, label }) => [label, text]), { type: "json", textColumn: 1, labelColumn: 0 }],
    [
      [task(1, "the first long text", "pos"), task(2, "a second long text", "neg")],
      { type: "json", textColumn: "data.review" },
    ],
  ];
  it.each(documents)("guesses JSON documents (%#)", async (document, format) => {
    for (const indent of [0, 2]) {
      const text = JSON.stringify(document, null, indent);
      const seen = await preview(text);
      expect(seen.format).toEqual(format);
      expect(seen.problem).toBeNull();
      expect(seen.samples.map((row) => row.text)).toContain("a second long text");
      expect(seen.classes).toHaveLength(2);
      expect((await preview(gzipSync(text))).format).toEqual(format);
    }
  });

  it("shows the first rows of a long JSON document, and says what is wrong with another", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({
      text: `text ${i}`,
      label: `l${i % 3}`,
    }));
    for (const document of [many, { meta: "x".repeat(300_000), data: many }]) {
      const seen = await preview(JSON.stringify(document), { format: { type: "json" } });
      expect(seen).toMatchObject({ problem: null, columns: ["text", "label"] });
      expect(seen.samples).toHaveLength(20);
      expect(seen.rowsLooked).toBe(1000);
    }
    const problems: [text: string, message: string][] = [
      [JSON.stringify({ train: rows, test: rows }), "Name one with records"],
      [JSON.stringify({ train: rows, test: rows }, null, 1), "Name one with records"],
      ['[{"text": True}]', "line 1, column 11"],
      ['{\n"a": {}\n}', "has no rows"],
    ];
    for (const [text, message] of problems) {
      const seen = await preview(text);
      expect(seen).toMatchObject({
        format: null,
        problem: { message: expect.stringContaining(message) },
      });
    }
    const format = { type: "json", records: "test" } as const;
    const chosen = await preview(JSON.stringify({ train: [], test: rows, dev: rows }), { format });
    expect(chosen).toMatchObject({ problem: null, columns: ["text", "label", "n"], rowsLooked: 3 });
  });

  it("takes no name of a stray object for a position of lists", async () => {
    const lists = rows.map(({ text, label }) => [label, text]);
    const seen = await preview(JSON.stringify([...lists, { "\u00c6": 1182 }, { i: null }]));
    expect(seen.format).toEqual({ type: "json", textColumn: 1, labelColumn: 0 });
    const empty = await preview(JSON.stringify([[], { "\u00c6": 1182 }, { i: null }]));
    expect(Object.values(empty.format ?? {}).every((value) => !Number.isNaN(value))).toBe(true);
    expect(empty.samples).toEqual([]);
  });

  it("one object on a line is a row of jsonl", async () => {
    const seen = await preview('{"text": "only one", "label": "a"}\n');
    expect(seen.format).toMatchObject({ type: "jsonl" });
  });

  it("refuses a bomb in an xlsx file as one: no other format would help", async () => {
    const cells = `<worksheet>${"<row><c><v>1</v></c></row>".repeat(2_000_000)}</worksheet>`;
    const sheets = [{ name: "S", rows: [["text", "label"]] }];
    const bomb = xlsxFile(sheets, { parts: { "xl/worksheets/sheet1.xml": cells } });
    const refused = { code: "too-large-decompressed" };
    await expect(preview(bomb)).rejects.toMatchObject(refused);
    await expect(resolveFormat(() => Readable.from([bomb]), {})).rejects.toMatchObject(refused);
  });

  it("guesses the columns of xlsx, and which other sheets there are", async () => {
    const body = Array.from({ length: 60 }, (_, i) => [
      `u${i}`,
      i % 3,
      `a longer text of words ${i}`,
    ]);
    const sheets = [
      { name: "Hidden", state: "hidden", rows: [["x"]] },
      { name: "Train", rows: [["uid", "stars", "review"], ...body] },
      { name: "Test", rows: [["uid", "stars", "review"], ...body] },
    ] as const;
    const file = xlsxFile(sheets);
    const format = { type: "xlsx", textColumn: "review", labelColumn: "stars", idColumn: "uid" };
    for (const [packed, compression] of [
      [file, "none"],
      [gzipSync(file), "gzip"],
      [zipSync({ "a.xlsx": file }), "zip"],
    ] as const) {
      const seen = await preview(packed);
      expect(seen).toMatchObject({ format, compression, problem: null, rowsLooked: 60 });
      expect(seen.columns).toEqual(["uid", "stars", "review"]);
      expect(seen.samples[0]).toMatchObject({ line: 2, externalId: "u0" });
      expect(seen.alternatives).toContainEqual({
        format: { type: "xlsx", sheet: "Test" },
        reason: 'the rows may be in the sheet "Test"',
      });
      expect(seen.warnings).toMatchObject([{ code: "other-sheets" }]);
    }
    const bare = xlsxFile([{ name: "S", rows: body }]);
    expect((await preview(bare)).format).toMatchObject({
      header: false,
      textColumn: 2,
      labelColumn: 1,
    });
    const chosen = await preview(file, { format: { type: "xlsx", sheet: "Nowhere" } });
    expect(chosen.problem?.message).toContain('"Train", "Test"');
    const empty = await preview(xlsxFile([{ name: "S", rows: [] }]));
    expect(empty).toMatchObject({
      format: null,
      problem: { message: expect.stringContaining("no rows") },
    });
  });

  it.each(["textColumn", "labelColumn", "idColumn", "trueLabelColumn"])(
    "names a %s that a file without a header does not have",
    async (role) => {
      for (const column of [":", "nope", 9]) {
        const { problem } = await preview("a,b\nc,d\n", {
          format: { type: "auto", header: false, [role]: column },
        });
        expect(problem?.message).toContain(JSON.stringify(column));
      }
    },
  );

  it("refuses what is not a dataset", async () => {
    await expect(preview("")).rejects.toMatchObject({ code: "empty-file" });
    await expect(preview(Buffer.alloc(100))).rejects.toMatchObject({ code: "binary-file" });
    await expect(preview(gzipSync("abc").subarray(0, 12))).rejects.toMatchObject({
      code: "bad-gzip",
    });
  });
});
