import { gzipSync } from "node:zlib";
import { DatasetFormat, type UploadPreview } from "@winnow/contracts";
import { TEXT_ENCODINGS, writeCorpus } from "@winnow/corpus";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi({ config: { maxUploadBytes: 4 << 20 } });
});
afterAll(() => api.close());

async function preview(content: string | Uint8Array, body: object = {}) {
  const stored = await api.app.inject({
    method: "POST",
    url: "/v1/uploads",
    payload: Buffer.from(content),
  });
  return api.app.inject({
    method: "POST",
    url: `/v1/uploads/${stored.json<{ id: string }>().id}/preview`,
    payload: body,
  });
}

const csv = [
  "id,text,label,truth",
  ...Array.from(
    { length: 40 },
    (_, i) => `r${i},text ${i},${i % 4 ? "finance" : "sports"},finance`,
  ),
  "r40,no label,,finance",
  "r41,a slip,finanse,finance",
].join("\n");

describe("a preview", () => {
  it("guesses the format and shows rows, rejects and classes by name", async () => {
    const answer = await preview(csv);
    expect(answer.statusCode).toBe(200);
    const seen = answer.json<UploadPreview>();
    expect(seen).toMatchObject({
      compression: "none",
      encoding: "utf-8",
      guessed: true,
      format: { type: "csv" },
      columns: ["id", "text", "label", "truth"],
      rowsLooked: 42,
      problem: null,
      classes: [
        { name: "finance", count: 30 },
        { name: "sports", count: 10 },
        { name: "finanse", count: 1 },
      ],
      rejects: [{ line: 42, reason: "empty-label" }],
    });
    expect(seen.samples).toHaveLength(20);
    expect(seen.samples[0]).toMatchObject({ line: 2, text: "text 0", label: "sports" });
  });

  it("lists names that look like one class, and merges them on request", async () => {
    const { aliases } = (await preview(csv)).json<UploadPreview>();
    expect(aliases).toEqual([
      { from: "finanse", to: "finance", fromCount: 1, toCount: 30, distance: 1 },
    ]);
    const format = { type: "csv", idColumn: "id", trueLabelColumn: "truth" };
    const applied = (
      await preview(csv, { format, labels: { aliases: [{ from: "finanse", to: "finance" }] } })
    ).json<UploadPreview>();
    expect(applied.guessed).toBe(false);
    expect(applied.classes).toEqual([
      { name: "finance", count: 31 },
      { name: "sports", count: 10 },
    ]);
    expect(applied.aliases).toEqual([]);
    expect(applied.samples[0]).toMatchObject({
      externalId: "r0",
      label: "sports",
      trueLabel: "finance",
    });
  });

  it("names every label of a row under the policy that keeps them all", async () => {
    const format = { type: "csv", header: false, labelSeparator: ";" };
    const lines = "one,a;b\ntwo,b\n";
    const all = await preview(lines, { format, labels: { policy: "all" } });
    expect(all.json().samples).toMatchObject([
      { label: "a", allLabels: ["a", "b"] },
      { label: "b", allLabels: ["b"] },
    ]);
    const first = await preview(lines, { format });
    expect(first.json().samples).toMatchObject([{ label: "a", allLabels: [] }, { label: "b" }]);
  });

  it("reads numbers as indexes of labelNames, and warns where digits are names too", async () => {
    const lines = [0, 1, 4, 5].map((label) => JSON.stringify({ text: "t", label }));
    const format = { type: "jsonl", labelNames: ["1", "2", "3", "4", "5"] };
    const seen = (await preview(lines.join("\n"), { format })).json<UploadPreview>();
    expect(seen.samples.map(({ label }) => label)).toEqual(["1", "2", "5"]);
    expect(seen.rejects).toMatchObject([
      { line: 4, reason: "unknown-label", detail: expect.stringContaining("(0 to 4)") },
    ]);
    expect(seen.warnings.map(({ code }) => code)).toEqual([
      "ambiguous-label-names",
      "many-rejected",
    ]);
    expect((await preview(csv)).json<UploadPreview>().warnings).toEqual([]);
  });

  it("guesses fastText, and lists of labels in csv", async () => {
    const texts = ["a fine film", "too long by an hour", "the best of the year", "not for me"];
    const labels = ["['good']", "['bad', 'long']", "['good']", "['bad']"];
    const csvLists = `text,label\n${texts.map((text, i) => `${text},"${labels[i]}"`).join("\n")}\n`;
    const lists = (await preview(csvLists)).json<UploadPreview>();
    expect(lists.format).toMatchObject({ type: "csv", labelColumn: "label", labelLists: true });
    expect(lists.classes.map(({ name }) => name).sort()).toEqual(["bad", "good"]);
    const lines = texts.map((text, i) => `__label__${i % 2} __label__x ${text}`).join("\n");
    const fastText = (await preview(lines)).json<UploadPreview>();
    expect(fastText.format).toEqual({ type: "fasttext" });
    expect(fastText.samples.map(({ text, label }) => [text, label])).toEqual(
      texts.map((text, i) => [text, String(i % 2)]),
    );
  });

  it("warns of class names that nearly agree, and joins them on request", async () => {
    const lines = "text,label\na,News\nb,news\nc,News\nd,spam\n";
    const seen = (await preview(lines)).json<UploadPreview>();
    expect(seen.warnings).toMatchObject([
      { code: "similar-classes", message: expect.stringContaining('"news" (1) and "News" (2)') },
    ]);
    const body = { format: { type: "csv" }, labels: { normalizeLabels: true } };
    const joined = (await preview(lines, body)).json<UploadPreview>();
    expect(joined.classes).toEqual([
      { name: "News", count: 3 },
      { name: "spam", count: 1 },
    ]);
    expect(joined.warnings.map(({ code }) => code)).toEqual(["labels-normalized"]);
  });

  it("reads quotes, escapes and encodings as the format says, and refuses what makes no sense", async () => {
    const quoted = 'text,label\n"open,a\n"b","c"\n"d"" e",f\n';
    const textsOf = async (content: string | Uint8Array, format: object) =>
      (await preview(content, { format: { type: "csv", ...format } }))
        .json<UploadPreview>()
        .samples.map(({ text, label }) => [text, label]);
    expect(await textsOf(quoted, {})).toEqual([
      ['"open', "a"],
      ["b", "c"],
      ['d" e', "f"],
    ]);
    expect(await textsOf(quoted, { quote: "none" })).toEqual([
      ['"open', "a"],
      ['"b"', '"c"'],
      ['"d"" e"', "f"],
    ]);
    const escaped = String.raw`text,label
"a \"b\", c",d
e\,f,g
`;
    expect(await textsOf(escaped, { escape: "backslash" })).toEqual([
      ['a "b", c', "d"],
      ["e,f", "g"],
    ]);
    const wide = Buffer.from("\uFEFFtext,label\r中文,a\rb,c\r", "utf16le");
    expect(await textsOf(wide, {})).toEqual([
      ["中文", "a"],
      ["b", "c"],
    ]);
    const japanese = Buffer.from("746578742c6c6162656c0a955c835c2c610a622c630a", "hex");
    expect(await textsOf(japanese, { encoding: "shift_jis" })).toEqual([
      ["表ソ", "a"],
      ["b", "c"],
    ]);
    const odd = await preview('{"text":"a","label":"b"}', {
      format: { type: "jsonl", quote: "none" },
    });
    expect(odd.json<UploadPreview>().problem).toMatchObject({
      code: "invalid-parameters",
      message: expect.stringContaining("The option quote is for csv, tsv, delimited"),
    });
    const unknown = { format: { type: "csv", encoding: "ebcdic" } };
    expectProblem(await preview("a", unknown), "validation-failed");
    expect(DatasetFormat.shape.encoding.unwrap().options).toEqual(TEXT_ENCODINGS);
  });

  it("shows as many rows as requested", async () => {
    expect((await preview(csv, { rows: 3 })).json<UploadPreview>().samples).toHaveLength(3);
    expectProblem(await preview(csv, { rows: 201 }), "validation-failed");
  });

  it("reads compressed files, and parquet by position", async () => {
    expect((await preview(gzipSync(csv))).json()).toMatchObject({
      compression: "gzip",
      format: { type: "csv" },
    });
    const rows = Array.from({ length: 50 }, (_, i) => ({
      id: `${i}`,
      text: `text ${i}`,
      label: i % 2 ? "odd" : "even",
    }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeCorpus(rows, { format: "parquet" })) chunks.push(chunk);
    const parquet = Buffer.concat(chunks);
    for (const file of [parquet, gzipSync(parquet)]) {
      expect((await preview(file)).json()).toMatchObject({
        format: { type: "parquet", textColumn: "text", labelColumn: "label" },
        columns: ["id", "text", "label"],
        rowsLooked: 50,
        classes: [
          { name: "even", count: 25 },
          { name: "odd", count: 25 },
        ],
      });
    }
  });

  it("reads the one file of a zip by position", async () => {
    const zip = zipSync({ "data/x.csv": strToU8(csv) });
    expect((await preview(zip)).json()).toMatchObject({
      compression: "zip",
      format: { type: "csv" },
      rowsLooked: 42,
    });
    const problem = await preview(zipSync({ "a.csv": strToU8(csv), "b.csv": strToU8(csv) }));
    expectProblem(problem, "corpus-invalid");
    expect(problem.json().detail).toContain('"a.csv", "b.csv"');
  });

  it("reports what the options cannot read with codes of the catalogue", async () => {
    const format = { type: "csv", textColumn: "titel" };
    const seen = (await preview(csv, { format })).json<UploadPreview>();
    expect(seen.problem).toMatchObject({ code: "column-not-found" });
    expect(seen.problem?.message).toContain("titel");
    expect(seen.samples).toEqual([]);
    const nothing = (await preview("one\ntwo\n")).json<UploadPreview>();
    expect(nothing).toMatchObject({ format: null, problem: { code: "format-unclear" } });
  });

  it("says how sure a guess is, and what else the file could be", async () => {
    const named = Buffer.from("评论,标签\n很好看的电影,正面\n太差了,负面\n");
    const sure = (await preview(named)).json<UploadPreview>();
    expect(sure).toMatchObject({
      format: { textColumn: "评论", labelColumn: "标签" },
      problem: null,
    });
    expect(sure.confidence).toBeGreaterThan(0.5);
    const rows = ["a film,x,p", "a play,y,q", "an opera,x,q", "a song,y,p"];
    const unsure = (await preview(["a,b,c", ...rows].join("\n"))).json<UploadPreview>();
    expect(unsure.problem?.code).toBe("format-unclear");
    expect(unsure.confidence).toBeLessThan(0.5);
    expect(unsure.alternatives[0]).toEqual({
      format: { type: "csv", textColumn: "a", labelColumn: expect.stringMatching(/b|c/) },
      reason: expect.stringContaining("label"),
    });
  });

  it("looks at the whole of a sorted file", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i < 20_000 ? 0 : 1},some words ${i}`);
    const seen = (await preview(["y,x", ...lines].join("\n"))).json<UploadPreview>();
    expect(seen).toMatchObject({ format: { textColumn: "x", labelColumn: "y" }, problem: null });
    expect(seen.classes.map(({ name }) => name)).toEqual(["0"]);
  });

  it("handles hostile class names", async () => {
    const lines = ["__proto__", "constructor", "toString", "=1+1", "汉字 \u{1f33e}"].map((label) =>
      JSON.stringify({ text: "t", label }),
    );
    const seen = (await preview(lines.join("\n"))).json<UploadPreview>();
    expect(seen.classes.map(({ name }) => name).sort()).toEqual(
      ["=1+1", "__proto__", "constructor", "toString", "汉字 \u{1f33e}"].sort(),
    );
  });

  it.each([
    ["a file that is not text", "binary-file", Buffer.from([0, 1, 2, 0, 255, 0, 3])],
    [
      "a pickle",
      "unsupported-file",
      Buffer.concat([Buffer.from([0x80, 4, 0x95]), Buffer.alloc(99)]),
    ],
    ["an HTML page", "unsupported-file", Buffer.from("<!DOCTYPE html>\n<html></html>\n")],
    ["broken gzip", "bad-gzip", gzipSync(csv).subarray(0, 60)],
    ["parquet without its end", "corpus-invalid", Buffer.from(`PAR1${"x".repeat(100)}`)],
    ["a packed nothing", "empty-file", gzipSync("")],
    [
      "a bomb",
      "decompressed-too-large",
      gzipSync(Buffer.alloc(300 << 20, "some text,some label\n")),
    ],
  ] as const)("of %s is the problem that its ingest would have", async (_, code, content) => {
    expectProblem(await preview(content), code);
  });

  it("decompresses the start of a file and no more", async () => {
    const padding = "x".repeat(600);
    const rows = Array.from(
      { length: 5_000 },
      (_, i) => `${(i * 7919) % 5003}${padding},some label\n`,
    );
    const large = gzipSync(Buffer.alloc(300 << 20, rows.join("")));
    expect(large.length).toBeGreaterThan(1.6 * 2 ** 20);
    const before = process.memoryUsage().rss;
    const seen = (await preview(large, { format: { type: "csv", header: false } })).json();
    expect(seen).toMatchObject({ compression: "gzip", classes: [{ name: "some label" }] });
    expect(seen.rowsLooked).toBeLessThan(1_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  });

  it("with ten thousand classes answers within seconds", async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `t\tlabel-name-${i.toString(36)}xyz`);
    const began = performance.now();
    const answer = await preview(many.join("\n"), {
      format: { type: "tsv", header: false },
    });
    expect(answer.statusCode).toBe(200);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("runs two at a time, and refuses more as overloaded", async () => {
    // So many classes that others have asked before the first is answered.
    const many = Array.from({ length: 10_000 }, (_, i) => `text,label-${i.toString(36)}xyz`);
    const payload = many.join("\n");
    const stored = await api.app.inject({ method: "POST", url: "/v1/uploads", payload });
    const url = `/v1/uploads/${stored.json<{ id: string }>().id}/preview`;
    const ask = () => api.app.inject({ method: "POST", url, payload: {} });
    const answers = await Promise.all(Array.from({ length: 6 }, ask));
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    for (const answer of refused) expectProblem(answer, "overloaded");
    // A late request may find one of the two done.
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(2);
    expect((await ask()).statusCode).toBe(200);
  });
});
