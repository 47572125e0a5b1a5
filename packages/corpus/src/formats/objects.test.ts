import { ByteWriter, parquetWrite, parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "../reading/read-whole.js";

async function readJsonl(lines: readonly string[], format: Partial<DatasetFormat> = {}) {
  const whole = await readWhole(lines.join("\n"), { format: { type: "jsonl", ...format } });
  return {
    rows: whole.samples.map(({ text, classIndex }) => [text, whole.classes[classIndex]?.name]),
    rejects: whole.rejects.map(({ line, reason }) => [line, reason]),
    ids: whole.samples.map(({ externalId }) => externalId),
  };
}

describe("jsonl", () => {
  it("reads dotted paths, numbers, booleans and lists of labels", async () => {
    const read = await readJsonl(
      [
        '{"doc":{"title":"one"},"meta":{"tags":["a","b"]},"n":{"id":7}}',
        '{"doc":{"title":"two"},"meta":{"tags":5}}',
        '{"doc":{"title":"three"},"meta":{"tags":true},"n":{"id":"x"}}',
        '{"doc.title":"a key with a dot comes first","doc":{"title":"no"},"meta":{"tags":"a"}}',
      ],
      { textColumn: "doc.title", labelColumn: "meta.tags", idColumn: "n.id" },
    );
    expect(read).toEqual({
      rows: [
        ["one", "a"],
        ["two", "5"],
        ["three", "true"],
        ["a key with a dot comes first", "a"],
      ],
      rejects: [],
      ids: ["7", null, "x", null],
    });
  });

  it("rejects each kind of bad row with its reason", async () => {
    const read = await readJsonl([
      '{"text":"fine","label":"a"}',
      '{"text":"cut',
      "[1,2]",
      "null",
      '{"label":"a"}',
      '{"text":"x"}',
      '{"text":5,"label":"a"}',
      '{"text":"x","label":{"a":1}}',
      '{"text":"x","label":null}',
      '{"text":"x","label":[]}',
      '{"text":"  ","label":"a"}',
      '{"text":"\\u0000","label":"a"}',
      '{"text":"\\ud800","label":"a"}',
      "",
      '{"text":"fine too","label":"b","__proto__":{"text":"no"}}',
    ]);
    expect(read.rows).toEqual([
      ["fine", "a"],
      ["fine too", "b"],
    ]);
    expect(read.rejects).toEqual([
      [2, "bad-json"],
      [3, "bad-json"],
      [4, "bad-json"],
      [5, "missing-field"],
      [6, "missing-field"],
      [7, "wrong-type"],
      [8, "wrong-type"],
      [9, "empty-label"],
      [10, "empty-label"],
      [11, "empty-text"],
      [12, "nul-character"],
      [13, "bad-utf8"],
      [14, "empty-line"],
    ]);
  });

  it("values on the prototype do not count", async () => {
    const lines = ['{"text":"x","label":"a"}', '{"text":"y","label":"b"}'];
    await expect(readJsonl(lines, { labelColumn: "constructor.name" })).rejects.toMatchObject({
      code: "column-not-found",
      details: { columns: ["text", "label"] },
    });
  });
});

describe("parquet", () => {
  const columnData = [
    { name: "sentence", data: ["one", "two", "", "four"] },
    { name: "label", data: [1n, 0n, 1n, 1n] },
  ];
  const format = { type: "parquet", textColumn: "sentence" } as const;

  it("reads columns, and class names that Hugging Face stored in the file", async () => {
    const features = { label: { names: ["no", "yes"], _type: "ClassLabel" } };
    const kvMetadata = [{ key: "huggingface", value: JSON.stringify({ info: { features } }) }];
    const file = parquetWriteBuffer({ columnData, kvMetadata, rowGroupSize: 3 });
    const seen: number[] = [];
    const whole = await readWhole(new Uint8Array(file), {
      format,
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(whole.classes.map(({ name, count }) => [name, count])).toEqual([
      ["no", 1],
      ["yes", 2],
    ]);
    expect(whole.samples.map(({ line, text }) => [line, text])).toEqual([
      [1, "one"],
      [2, "two"],
      [4, "four"],
    ]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason: "empty-text" }]);
    expect(seen.length).toBe(2);
    expect(seen.at(-1)).toBeLessThanOrEqual(file.byteLength);
  });

  it("a NaN or a null is no label; the numbers of a float column lose their point", async () => {
    const label = [1, Number.NaN, null, 0, 1];
    const file = parquetWriteBuffer({
      columnData: [
        { name: "sentence", data: ["a", "b", "c", "d", "e"] },
        { name: "label", data: label, type: "DOUBLE", nullable: true },
      ],
    });
    const whole = await readWhole(new Uint8Array(file), { format });
    expect(whole.classes.map(({ name, count }) => [name, count])).toEqual([
      ["1", 2],
      ["0", 1],
    ]);
    expect(whole.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "empty-label"],
      [3, "empty-label"],
    ]);
  });

  it("refuses damaged files and names missing columns", async () => {
    const writer = new ByteWriter();
    parquetWrite({ writer, columnData });
    const file = writer.getBytes();
    await expect(readWhole(file, { format: { type: "parquet" } })).rejects.toMatchObject({
      code: "column-not-found",
      details: { columns: ["sentence", "label"] },
    });
    for (let at = 4; at < file.length; at += 3) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      // A flipped bit in a text or count may go unnoticed; whatever is noticed is one error, not a
      // crash.
      await readWhole(damaged, { format }).catch((error) => expect(error.name).toBe("CorpusError"));
    }
    await expect(readWhole(file.slice(0, -3), { format })).rejects.toMatchObject({
      code: "bad-parquet",
    });
    await expect(
      readWhole(file, { format, limits: { maxBufferedBytes: 10 } }),
    ).rejects.toMatchObject({ code: "too-large-buffered" });
  });
});
