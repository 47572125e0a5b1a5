import { describe, expect, it } from "vitest";
import { CorpusError } from "../errors.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { REJECT_ADVICE } from "../rows/reject-advice.js";
import { previewCorpus } from "./preview.js";
import { readWhole } from "./read-whole.js";

const CSV: IngestOptions = { format: { type: "csv" } };

async function failure(file: Uint8Array | string, options: IngestOptions): Promise<CorpusError> {
  try {
    await readWhole(file, options);
  } catch (error) {
    if (error instanceof CorpusError) return error;
    throw error;
  }
  throw new Error("the file was read");
}

async function warningsOf(file: Uint8Array | string, options: IngestOptions = CSV) {
  return (await readWhole(file, options)).profile.warnings.map(({ code }) => code);
}

/** "评论,标签" and three rows, in GB18030. */
const GB18030 = Buffer.concat([
  Buffer.from("text,label\n"),
  Buffer.from("b5e7d3b0bac3bfb4", "hex"),
  Buffer.from(",1\n"),
  Buffer.from("bee7c7e9ccabb2eec1cb", "hex"),
  Buffer.from(",0\n"),
  Buffer.from("d1ddd4b1bac3", "hex"),
  Buffer.from(",1\n"),
]);

describe("a file that is no dataset", () => {
  it("says which line was rejected first, why, and what to do", async () => {
    const error = await failure("text,label\na,b,c\n\nd\ne,f,g,h\n", CSV);
    expect(error.code).toBe("no-rows-kept");
    expect(error.message).toContain("No row of the 4 tried");
    expect(error.message).toContain('3 rejected as "field-count"');
    expect(error.message).toContain("line 2: expected 2 fields, found 3");
    expect(error.message).toContain(REJECT_ADVICE["field-count"].fix);
    expect(error.details.rejects?.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "field-count"],
      [3, "empty-line"],
      [4, "field-count"],
      [5, "field-count"],
    ]);
  });

  it("tells of the rows that were lost where one class is left", async () => {
    const error = await failure("text,label\na,x\nb,x\nc\nd\n", CSV);
    expect(error).toMatchObject({ code: "single-class", details: { rejected: [{ count: 2 }] } });
    expect(error.message).toContain('2 rejected as "field-count" (line 4:');
    expect(error.details.rejects).toHaveLength(2);
  });

  it("names the label that is no known class", async () => {
    const format: DatasetFormat = { type: "csv", labelNames: ["good", "bad"] };
    const error = await failure("text,label\na,goood\nb,baad\n", { format });
    expect(error.code).toBe("label-names-mismatch");
    expect(error.message).toMatch(/2 of 2 labels .*line 2: "goood" is not one of labelNames/);
  });

  it("carries the first thousand rejects at most", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i}`);
    const error = await failure(`text,label\n${lines.join("\n")}\n`, CSV);
    expect(error.details.rejects).toHaveLength(1000);
    expect(error.details.rejects?.[999]).toMatchObject({ line: 1001, reason: "field-count" });
  });

  it("carries them as well where reading stops in the middle", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `text ${i},label ${i}`);
    const limits = { maxClasses: 20 };
    const error = await failure(`text,label\nbroken\n${rows.join("\n")}\n`, { ...CSV, limits });
    expect(error).toMatchObject({ code: "too-many-classes", details: { rejects: [{ line: 2 }] } });
  });

  it.each([
    ["titel", "title", "title,class\na b,x\n"],
    ["Label_", "label", "text,label\na b,x\n"],
    ["ｔｅｘｔ", "text", "text,label\na b,x\n"],
  ])("asks whether %s was meant to be %s", async (column, meant, file) => {
    const error = await failure(file, { format: { type: "csv", textColumn: column } });
    expect(error.message).toContain(`Did you mean ${JSON.stringify(meant)}?`);
  });

  it("does not guess at a name that is far from every column", async () => {
    const error = await failure("a,b\nx y,z\n", CSV);
    expect(error.message).not.toContain("Did you mean");
    const jsonl = await failure('{"texte":"a","label":"b"}\n', { format: { type: "jsonl" } });
    expect(jsonl.message).toContain('Did you mean "texte"?');
  });
});

describe("a file that is read in another format than its own", () => {
  it("suggests the encoding of the bytes", async () => {
    const error = await failure(GB18030, CSV);
    expect(error.code).toBe("no-rows-kept");
    expect(error.message).toContain("--encoding gb18030");
    expect(error.details.hints).toEqual([
      { pointer: "/format/encoding", detail: expect.stringContaining('"gb18030"') },
    ]);
    const fixed = await readWhole(GB18030, { format: { type: "csv", encoding: "gb18030" } });
    expect(fixed.samples.map(({ text }) => text)).toEqual(["电影好看", "剧情太差了", "演员好"]);
  });

  it.each<[what: string, file: string, given: DatasetFormat, seen: DatasetFormat]>([
    [
      "the columns",
      "评论,标签\n很好看的电影,正面\n太差了,负面\n还可以,正面\n",
      { type: "csv" },
      { type: "csv", textColumn: "评论", labelColumn: "标签" },
    ],
    [
      "the delimiter",
      "text;label\na good film;pos\na bad film;neg\n",
      { type: "csv" },
      { type: "delimited", delimiter: ";", textColumn: "text", labelColumn: "label" },
    ],
    [
      "the type",
      '{"text":"a good film","label":"pos"}\n{"text":"a bad film","label":"neg"}\n',
      { type: "csv" },
      { type: "jsonl", textColumn: "text", labelColumn: "label" },
    ],
    [
      "a label column of one value",
      "lang,text,label\nen,a good film,pos\nen,a bad film,neg\nen,a fine film,pos\n",
      { type: "csv", labelColumn: "lang" },
      { type: "csv", textColumn: "text", labelColumn: "label" },
    ],
  ])("shows %s that fit", async (_, file, given, seen) => {
    const error = await failure(file, { format: given });
    expect(error.message).toContain(JSON.stringify(seen));
    expect(error.details.hints).toEqual([
      { pointer: "/format", detail: expect.stringContaining("The file looks like") },
    ]);
    expect((await readWhole(file, { format: seen })).samples.length).toBeGreaterThan(1);
  });

  it("says nothing of another format where the given one is as good", async () => {
    const error = await failure("text,label\na film,x\na play,x\n", CSV);
    expect(error.details.hints).toBeUndefined();
  });

  it("names a JSON document", async () => {
    const error = await failure('[{"text":"a","label":"b"}]', CSV);
    expect(error.message).toContain("JSON");
  });
});

describe("warnings", () => {
  const rows = (row: (i: number) => string) => Array.from({ length: 20 }, (_, i) => row(i));
  const csv = (lines: readonly string[]) => `text,label\n${lines.join("\n")}\n`;

  it("a label column that is all unique", async () => {
    expect(await warningsOf(csv(rows((i) => `a text ${i},row ${i}`)))).toContain("unique-labels");
    expect(await warningsOf(csv(rows((i) => `a text ${i},${i % 2}`)))).toEqual([]);
  });

  it("text and label swapped", async () => {
    const swapped = csv(rows((i) => `${i % 2},a long text of words ${i}`));
    const codes = await warningsOf(swapped);
    expect(codes).toContain("text-label-swapped");
    expect(codes).not.toContain("unique-labels");
  });

  it("one of two rows rejected", async () => {
    const { profile } = await readWhole(
      csv(rows((i) => (i % 2 ? "broken" : `t ${i},${i % 4}`))),
      CSV,
    );
    const warning = profile.warnings.find(({ code }) => code === "many-rejected");
    expect(warning?.message).toContain("10 of 20 rows (50 %)");
    expect(warning?.message).toContain("field-count");
    expect(warning?.message).toContain(REJECT_ADVICE["field-count"].fix);
    const few = csv(rows((i) => (i === 3 ? "broken" : `t ${i},${i % 2}`)));
    expect(await warningsOf(few)).toEqual([]);
  });

  it("rows left out on request are no reason for a warning", async () => {
    const same = csv(rows((i) => `same,${i % 2}`));
    const codes = await warningsOf(same, { ...CSV, duplicates: "first" }).catch((e) => e.code);
    expect(codes).toBe("single-class");
    const repeated = csv(rows((i) => `text ${i % 4},${i % 2}`));
    expect(await warningsOf(repeated, { ...CSV, duplicates: "first" })).toEqual([]);
    const blank = `text,label\n${"\n".repeat(50)}a b,x\nc d,y\n`;
    expect(await warningsOf(blank)).not.toContain("many-rejected");
  });

  it("most texts equal", async () => {
    expect(await warningsOf(csv(rows((i) => `text ${i % 3},${i % 2}`)))).toContain("equal-texts");
  });

  it("lines of another encoding in a file that reads well otherwise", async () => {
    const lines = rows((i) => (i % 3 ? `plain ${i},${i % 2}` : `sch\u00f6n ${i},${i % 2}`));
    const { profile } = await readWhole(Buffer.from(csv(lines), "latin1"), CSV);
    const warning = profile.warnings.find(({ code }) => code === "other-encoding");
    expect(warning?.message).toContain("7 lines do not decode");
    expect(warning?.message).toContain("windows-1252");
  });

  it("a preview shows them, too", async () => {
    async function* open() {
      yield Buffer.from(csv(rows((i) => (i % 2 ? "broken" : `a text ${i},row ${i}`))));
    }
    const { warnings } = await previewCorpus(open, CSV);
    expect(warnings.map(({ code }) => code)).toEqual(["many-rejected", "unique-labels"]);
    async function* gb() {
      yield GB18030;
    }
    const seen = await previewCorpus(gb, CSV);
    expect(seen.encoding).toBe("utf-8");
    expect(seen.problem).toMatchObject({ code: "no-rows-kept" });
    expect(seen.problem?.message).toContain("--encoding gb18030");
  });
});
