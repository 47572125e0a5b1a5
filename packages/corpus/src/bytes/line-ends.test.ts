import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { previewCorpus } from "../reading/preview.js";
import { readWhole } from "../reading/read-whole.js";
import { lineEndsOf, NEWLINES, RETURNS } from "./line-ends.js";

async function read(
  file: string | Uint8Array,
  format: DatasetFormat,
  chunkBytes = 5,
  maxLineBytes = 1000,
) {
  const whole = await readWhole(file, { format, limits: { maxLineBytes } }, chunkBytes);
  return [
    ...whole.samples.map(({ line, text, classIndex }) => ({
      line,
      seen: `${line}: ${text} -> ${whole.classes[classIndex]?.name}`,
    })),
    ...whole.rejects.map(({ line, reason }) => ({ line, seen: `${line}: ${reason}` })),
  ]
    .sort((a, b) => a.line - b.line)
    .map(({ seen }) => seen);
}

describe("lines that end with a return alone", () => {
  const files: [DatasetFormat, string][] = [
    [{ type: "csv" }, 'text,label\n"one, ""two""",a\nthree,b\n'],
    [{ type: "tsv" }, 'text\tlabel\none, "two"\ta\nthree\tb\n'],
    [{ type: "jsonl" }, '{"text":"one, \\"two\\"","label":"a"}\n{"text":"three","label":"b"}\n'],
    [{ type: "toutiao" }, 'one, "two"_!_1\nthree_!_2\n'],
  ];
  it.each(files)('are read like those of "\\n": %j', async (format, file) => {
    const rows = await read(file, format);
    expect(rows.length).toBe(2);
    for (const chunkBytes of [1, 2, 3, 1000]) {
      expect(await read(file.replaceAll("\n", "\r"), format, chunkBytes)).toEqual(rows);
      expect(await read(file.replaceAll("\n", "\r").slice(0, -1), format, chunkBytes)).toEqual(
        rows,
      );
      expect(await read(file.replaceAll("\n", "\r\n"), format, chunkBytes)).toEqual(rows);
    }
    const wide = Buffer.from(`\uFEFF${file.replaceAll("\n", "\r")}`, "utf16le");
    expect(await read(wide, format)).toEqual(rows);
  });

  it("keep their line breaks in quoted fields, of either kind, as they are", async () => {
    const file = 'text,label\r"one\rtwo\r\rthree",a\r"four\nfive",b\rsix,a\r';
    for (const chunkBytes of [1, 4, 100]) {
      expect(await read(file, { type: "csv" }, chunkBytes)).toEqual([
        "2: one\rtwo\r\rthree -> a",
        "6: four\nfive -> b",
        "8: six -> a",
      ]);
    }
    expect(await read("text,label\ra\\\rb,x\rc,y", { type: "csv", escape: "backslash" })).toEqual([
      "2: a\rb -> x",
      "4: c -> y",
    ]);
  });

  it("are split plainly after a lone quote, and each fault is that of one line", async () => {
    const file = `text,label\r"open,a\rone,b\rit is "so",a\r${"x".repeat(200)}\rbad\0,a\r\rfine,b\r`;
    for (const chunkBytes of [1, 3, 1000]) {
      expect(
        await read(`${"y".repeat(99)},a\r${file}`, { type: "csv", header: false }, chunkBytes, 120),
      ).toEqual([
        `1: ${"y".repeat(99)} -> a`,
        "2: text -> label",
        '3: "open -> a',
        "4: one -> b",
        '5: it is "so" -> a',
        "6: too-long",
        "7: nul-character",
        "8: empty-line",
        "9: fine -> b",
      ]);
    }
  });

  it("a long record among them is one reject", async () => {
    const file = `text,label\rx,a\r"${"one,two\r".repeat(100)}",b\ry,b\r`;
    expect(await read(file, { type: "csv" }, 7, 100)).toEqual([
      "2: x -> a",
      "3: too-long",
      "104: y -> b",
    ]);
  });

  it("may be followed by others in the same file", async () => {
    const file = "text,label\rone,a\rtwo,b\r\nthree,a\nfour,b\rfive,a";
    for (const chunkBytes of [1, 2, 50]) {
      const late = `${"pad,a\r".repeat(20_000)}${file}`;
      const rows = await read(late, { type: "csv", header: false }, chunkBytes * 1000);
      expect(rows.slice(20_000)).toEqual([
        "20001: text -> label",
        "20002: one -> a",
        "20003: two -> b",
        "20004: three -> a",
        "20005: four -> b",
        "20006: five -> a",
      ]);
    }
  });

  it("are not seen in files of other line ends, where a return is a character", async () => {
    for (const end of ["\n", "\r\n"]) {
      const file = ["text,label", "one\rtwo,a", '"three\rfour",b', "five,a"].join(end);
      expect(await read(file, { type: "csv" })).toEqual([
        "2: one\rtwo -> a",
        "3: three\rfour -> b",
        "4: five -> a",
      ]);
    }
  });

  it("are cut between lines by a preview", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `"text, ${i}",${i % 3}`);
    const file = Buffer.from(`text,label\r${lines.join("\r")}`);
    async function* open() {
      for (let at = 0; at < file.length; at += 1000) yield file.subarray(at, at + 1000);
    }
    for (const format of [undefined, { type: "csv" }] as const) {
      const seen = await previewCorpus(open, { format, bytes: 3000, rows: 1000 });
      expect(seen).toMatchObject({ format: { type: "csv" }, rejects: [], problem: null });
      expect(seen.rowsLooked).toBeGreaterThan(100);
      expect(seen.rowsLooked).toBeLessThan(250);
      seen.samples.forEach(({ text }, i) => {
        expect(text).toBe(`text, ${i}`);
      });
    }
  });
});

describe("lineEndsOf", () => {
  it.each([
    ["a,b\rc,d\r", RETURNS],
    ["a,b\r\nc,d\r\n", NEWLINES],
    ["a,b\nc\rd,e\n", NEWLINES],
    ['a,b\r"c\nd",e\r', RETURNS],
    ['a,b\n"c\rd\re",f\n', NEWLINES],
    ["no line end", NEWLINES],
    ["a,b\r", NEWLINES],
  ])("%j", (head, ends) => {
    expect(lineEndsOf(Buffer.from(head))).toBe(ends);
  });

  it("finds the same lines in bytes as in the text", () => {
    const text = fc
      .array(fc.constantFrom("a", "\r", "\n", "\r\n", "汉"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (raw) => {
        const bytes = Buffer.from(raw);
        const { lines, ends } = RETURNS.split(raw);
        expect(lines).toEqual(raw.split(/\n|\r(?!\n)/));
        expect(lines.map((line, i) => line + ends?.[i]).join("")).toBe(`${raw}\r`);
        let at = 0;
        for (const line of lines.slice(0, -1)) {
          const end = RETURNS.next(bytes, at);
          expect(bytes.toString("utf8", at, end)).toBe(line);
          at = end + 1;
        }
        expect(RETURNS.next(bytes, at)).toBe(-1);
        expect(RETURNS.last(bytes)).toBe(at - 1);
      }),
    );
  });
});
