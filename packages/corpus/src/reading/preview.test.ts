import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { type PreviewOptions, previewCorpus } from "./preview.js";

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
    expect(prose).toMatchObject({ format: null, problem: { code: "bad-format" } });
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

  it("refuses what is not a dataset", async () => {
    await expect(preview("")).rejects.toMatchObject({ code: "empty-file" });
    await expect(preview(Buffer.alloc(100))).rejects.toMatchObject({ code: "binary-file" });
    await expect(preview(gzipSync("abc").subarray(0, 12))).rejects.toMatchObject({
      code: "bad-gzip",
    });
  });
});
