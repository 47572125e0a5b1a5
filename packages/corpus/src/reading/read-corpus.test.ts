import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { IngestOptions } from "../options/ingest-options.js";
import { readCorpus } from "./read-corpus.js";
import { readWhole, type WholeCorpus } from "./read-whole.js";

function labelled({
  samples,
  classes,
}: WholeCorpus): [line: number, text: string, label: string][] {
  return samples.map(({ line, text, classIndex }) => [
    line,
    text,
    classes[classIndex]?.name ?? "?",
  ]);
}

function reasons({ rejects }: WholeCorpus): [line: number, reason: string][] {
  return rejects.map(({ line, reason }) => [line, reason]);
}

const MULTILEVEL = [
  "1|,|tech/net,tech|,|first of two|,|a,b|,|",
  "2|,||,|no category|,|a|,|",
  "3|,|tech|,||,|no title|,|",
  "4|,|tech|,|three fields",
  "5|,|tech|,|six|,|k|,|l|,|more",
  "6|,|game/sport/chess,game|,|three levels|,|k|,|",
  "x|,| tech / net |,|blanks around, and a | bar|,|k|,|l",
  "",
  "8|,|,game|,|an empty first category|,|k|,|l",
].join("\n");

describe("toutiao-multilevel", () => {
  const format = { type: "toutiao-multilevel" } as const;

  it("keeps every usable line and rejects the others with line and reason", async () => {
    const reading = await readWhole(MULTILEVEL, { format });
    expect(labelled(reading)).toEqual([
      [1, "first of two", "tech/net"],
      [6, "three levels", "game/sport/chess"],
      [7, "blanks around, and a | bar", "tech/net"],
      [9, "an empty first category", "game"],
    ]);
    expect(reasons(reading)).toEqual([
      [2, "empty-label"],
      [3, "empty-text"],
      [4, "field-count"],
      [5, "field-count"],
      [8, "empty-line"],
    ]);
    expect(reading.samples.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
    expect(reading.profile.rowsRead).toBe(9);
    expect(reading.profile.severalLabels).toBe(2);
  });

  it("applies each label policy", async () => {
    const deepest = await readWhole("1|,|a,b/c|,|x|,||,|\n2|,|a|,|y|,||,|", {
      format,
      labels: { policy: "deepest" },
    });
    expect(labelled(deepest).map(([, , label]) => label)).toEqual(["b/c", "a"]);
    const single = await readWhole(MULTILEVEL, { format, labels: { policy: "drop-multiple" } });
    expect(labelled(single).map(([line]) => line)).toEqual([7, 9]);
    expect(reasons(single)).toContainEqual([1, "multiple-labels"]);
    const level1 = await readWhole(MULTILEVEL, {
      format,
      labels: { policy: "drop-multiple", level: 1 },
    });
    expect(labelled(level1).map(([, , label]) => label)).toEqual(["tech", "game", "tech", "game"]);
    const level2 = await readWhole(MULTILEVEL, {
      format,
      labels: { level: 2, shortPaths: "drop" },
    });
    expect(labelled(level2).map(([, , label]) => label)).toEqual([
      "tech/net",
      "game/sport",
      "tech/net",
    ]);
    expect(reasons(level2)).toContainEqual([9, "short-path"]);
  });

  it("reads the same rows whatever the chunks, line endings, byte order mark or compression", async () => {
    const whole = await readWhole(MULTILEVEL, { format });
    for (const chunkBytes of [1, 2, 3, 7, 100]) {
      expect(await readWhole(MULTILEVEL, { format }, chunkBytes)).toEqual(whole);
    }
    expect(await readWhole(`${MULTILEVEL}\n`, { format })).toEqual(whole);
    expect(await readWhole(MULTILEVEL.replaceAll("\n", "\r\n"), { format })).toEqual(whole);
    expect(await readWhole(`\uFEFF${MULTILEVEL}`, { format })).toEqual(whole);
    expect(await readWhole(gzipSync(MULTILEVEL), { format }, 5)).toEqual(whole);
  });
});

describe("toutiao", () => {
  it("reads five-field and two-field lines, by name, code or k", async () => {
    const file = [
      "id1_!_102_!_news_entertainment_!_five fields_!_k",
      "id2_!_116_!__!_code alone_!_",
      "two fields_!_2",
      "by code_!_116",
      "by name_!_news_game",
      "no class_!_15",
      "no class_!_105",
      "three_!_fields_!_here",
    ].join("\n");
    const reading = await readWhole(file, { format: { type: "toutiao" } });
    expect(labelled(reading)).toEqual([
      [1, "five fields", "news_entertainment"],
      [2, "code alone", "news_game"],
      [3, "two fields", "news_entertainment"],
      [4, "by code", "news_game"],
      [5, "by name", "news_game"],
    ]);
    expect(reasons(reading)).toEqual([
      [6, "unknown-label"],
      [7, "unknown-label"],
      [8, "field-count"],
    ]);
    expect(reading.samples.map(({ externalId }) => externalId)).toEqual([
      "id1",
      "id2",
      null,
      null,
      null,
    ]);
  });
});

describe("whole-file faults", () => {
  const csv = { format: { type: "csv" } } as const;
  const cases: [code: string, file: string | Uint8Array, options: IngestOptions][] = [
    ["empty-file", "", csv],
    ["empty-file", "\n\n\r\n", csv],
    ["empty-file", "text,label\n", csv],
    ["binary-file", Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 256), csv],
    [
      "bad-encoding",
      Buffer.from("\uFEFFtext,label\na,b\n", "utf16le"),
      { format: { type: "csv", encoding: "utf-8" } },
    ],
    ["bad-encoding", Buffer.from("text,label\na,b\n", "utf16le"), csv],
    ["bad-encoding", Buffer.from("fffe0000740000006500000078000000", "hex"), csv],
    ["single-class", "text,label\na,x\nb,x\n", csv],
    ["column-not-found", "title,class\na,x\n", csv],
    ["no-rows-kept", "text,label\na\nb\n", csv],
    ["bad-gzip", gzipSync("text,label\na,x\nb,y\n").subarray(0, 20), csv],
    [
      "label-names-mismatch",
      "text,label\na,x\nb,y\nc,z\n",
      { format: { type: "csv", labelNames: ["x", "other"] } },
    ],
    ["bad-label-names", "text,label\na,x\n", { format: { type: "csv", labelNames: ["x", "x"] } }],
    ["bad-format", "a|b", { format: { type: "delimited" } }],
    ["too-many-classes", "text,label\na,1\nb,2\nc,3\n", { ...csv, limits: { maxClasses: 2 } }],
  ];
  it.each(cases)("%s (%#)", async (code, file, options) => {
    await expect(readWhole(file, options)).rejects.toMatchObject({ name: "CorpusError", code });
  });

  it("the error for a missing column lists the existing columns", async () => {
    await expect(readWhole("title,class\na,x\n", csv)).rejects.toMatchObject({
      details: { column: "text", columns: ["title", "class"] },
      message: expect.stringContaining('"title", "class"'),
    });
  });
});

describe("reading", () => {
  it("stops at an abort and closes the source", async () => {
    const controller = new AbortController();
    let closed = false;
    async function* open() {
      try {
        yield Buffer.from("text,label\n");
        for (let i = 0; ; i += 1) yield Buffer.from(`text ${i} ${"x".repeat(100)},${i % 3}\n`);
      } finally {
        closed = true;
      }
    }
    const options = { format: { type: "csv" }, signal: controller.signal } as const;
    const batches = readCorpus(open, options);
    const first = await batches.next();
    expect(first.done).toBe(false);
    controller.abort();
    await expect(batches.next()).rejects.toMatchObject({ name: "AbortError" });
    expect(closed).toBe(true);
  });

  it("yields batches of bounded size, also from one huge chunk", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `text ${i},${i % 3}`);
    async function* open() {
      yield Buffer.from(`text,label\n${rows.join("\n")}`);
    }
    let ordinal = 0;
    for await (const { samples } of readCorpus(open, { format: { type: "csv" } })) {
      expect(samples.length).toBeLessThanOrEqual(4000);
      for (const sample of samples) {
        expect(sample.ordinal).toBe(ordinal);
        ordinal += 1;
      }
    }
    expect(ordinal).toBe(20_000);
  });
});

describe("a file without a usable row", () => {
  it("ends after so many rejects, and says why they were rejected", async () => {
    const limits = { maxLeadingRejects: 1000 };
    const format = { type: "csv", header: false } as const;
    const blank = "\n".repeat(1_000_000);
    await expect(readWhole(blank, { format, limits })).rejects.toMatchObject({
      code: "no-rows-kept",
      message: expect.stringContaining("1000"),
      details: { rejected: [{ reason: "empty-line", count: 1000 }] },
    });
    const late = `${"\n".repeat(999)}a,x\nb,y\n${"\n".repeat(5000)}`;
    const { samples, rejects } = await readWhole(late, { format, limits });
    expect([samples.length, rejects.length]).toEqual([2, 5999]);
  });
});
