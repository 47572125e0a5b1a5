import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWhole, type WholeCorpus } from "../reading/read-whole.js";
import type { TableOptions } from "./batch-writer.js";
import { whyNoRecord } from "./delimited.js";
import {
  type CorpusRow,
  formatWritten,
  type WriteOptions,
  whyUnwritable,
  writeCorpus,
} from "./write-corpus.js";
import { writeTable } from "./write-table.js";

async function written(rows: Iterable<CorpusRow>, options: WriteOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCorpus(rows, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function rowsOf({ samples, classes }: WholeCorpus): CorpusRow[] {
  const name = (index: number) => classes[index]?.name ?? "?";
  return samples.map(({ externalId, text, classIndex, trueClassIndex }) => ({
    id: externalId,
    text,
    label: name(classIndex),
    trueLabel: trueClassIndex === null ? null : name(trueClassIndex),
  }));
}

/** Strings that break naive readers and writers. NUL and lone surrogates are not text anywhere. */
const hostile = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "\u{1F600}\u{1F468}\u200D\u{1F469}",
  "x".repeat(10_000),
  '"',
  '""',
  'a "quoted" word',
  "line\nbreak",
  "line\r\nbreak",
  "ends in return\r",
  "\ttab\t",
  " blanks ",
  "a,b;c|d",
  "=1+1",
  "'=1+1",
  "-5",
  "@cell",
  "\t=1",
  "\r=1",
  "\n=1",
  "＝1+1",
  "＋5",
  "－5",
  "＠cell",
  "''－5",
  "|,|",
  "x|,",
  ",|x",
  "_!_",
  "x_!",
  "\uFEFFmark",
  "\u2028\u2029",
  "null",
  "NaN",
  "汉字",
);
const text = fc
  .oneof(hostile, fc.string({ unit: "binary", maxLength: 20 }), fc.string({ maxLength: 20 }))
  .map((raw) => raw.replaceAll("\0", ""))
  .filter((raw) => raw.trim() !== "");
/** A label of characters that are not seen is no label. */
const label = text
  .map((raw) => raw.trim())
  .filter((raw) => /[^\s\u0085\p{Default_Ignorable_Code_Point}]/u.test(raw));
const id = fc.option(text);
const row: fc.Arbitrary<CorpusRow> = fc.record({
  id,
  text,
  label,
  trueLabel: fc.option(label),
});
/** Two fixed rows ensure that there are two classes. */
const rows = fc
  .array(row, { maxLength: 12 })
  .map((drawn): CorpusRow[] => [
    { id: "1", text: "one", label: "a", trueLabel: "b" },
    { id: null, text: "two", label: "b", trueLabel: null },
    ...drawn,
  ]);

describe("writeCorpus", () => {
  const tables: WriteOptions[] = [
    { format: "csv" },
    { format: "csv", formulaGuard: true },
    { format: "tsv", formulaGuard: true },
    { format: "jsonl" },
    { format: "json" },
    { format: "parquet" },
  ];
  it.each(tables)("read(write(rows)) = rows for $format ($formulaGuard)", async (table) => {
    const options: WriteOptions = { ...table, trueLabels: true };
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 100 }), async (given, chunkBytes) => {
        const file = await written(given, options);
        const whole = await readWhole(file, { format: formatWritten(options) }, chunkBytes);
        expect(whole.rejects).toEqual([]);
        expect(rowsOf(whole)).toEqual(given);
      }),
    );
  });

  it.each(["toutiao", "toutiao-multilevel", "fasttext"] as const)(
    "read(write(rows)) = rows for %s, and rows that it cannot hold are refused or cleaned",
    async (format) => {
      await fc.assert(
        fc.asyncProperty(rows, async (given) => {
          const fit = given.filter((one) => whyUnwritable(one, format) === null);
          const whole = await readWhole(await written(fit, { format }), {
            format: { type: format },
          });
          expect(whole.rejects).toEqual([]);
          const held = format === "fasttext" ? { id: null, trueLabel: null } : { trueLabel: null };
          expect(rowsOf(whole)).toEqual(fit.map((one) => ({ ...one, ...held })));
          if (fit.length < given.length) {
            await expect(written(given, { format })).rejects.toMatchObject({
              code: "unwritable-row",
            });
          }
          const clean = await written(given, { format, unwritable: "clean" });
          const cleaned = await readWhole(clean, { format: { type: format } });
          expect(cleaned.rejects).toEqual([]);
          expect(cleaned.samples.length).toBe(given.length);
        }),
      );
    },
  );

  it.each([
    { escape: "backslash" },
    { quote: "none" },
    { quote: "none", escape: "backslash" },
    { quote: "none", delimiter: "||", type: "delimited" },
    { escape: "backslash", delimiter: "::", type: "delimited" },
  ] as const)(
    "read(write(rows)) = rows for csv with %o, of the rows that it can hold",
    async (own) => {
      const syntax = { type: "csv", ...own } as const;
      const columns = ["id", "text", "label"].map((name) => ({ name, type: "text" as const }));
      const options: TableOptions = { ...own, format: syntax.type, columns };
      const whyNot = whyNoRecord(options);
      await fc.assert(
        fc.asyncProperty(rows, async (given) => {
          const cellsOf = (one: CorpusRow) => [one.id, one.text, one.label];
          const fit = given.filter((one) => !whyNot?.(cellsOf(one)));
          const chunks: Uint8Array[] = [];
          for await (const chunk of writeTable(fit.map(cellsOf), options)) chunks.push(chunk);
          const whole = await readWhole(Buffer.concat(chunks), {
            format: { ...syntax, idColumn: "id" },
          });
          expect(whole.rejects).toEqual([]);
          expect(rowsOf(whole)).toEqual(fit.map((one) => ({ ...one, trueLabel: null })));
          const all = writeTable(given.map(cellsOf), { ...options, unwritable: "clean" });
          const cleaned: Uint8Array[] = [];
          for await (const chunk of all) cleaned.push(chunk);
          const again = await readWhole(Buffer.concat(cleaned), { format: syntax });
          expect(again.samples.length + again.rejects.length).toBe(given.length);
        }),
      );
    },
  );

  it("writes extra columns with any name, and keeps the types of numbers and nulls", async () => {
    const options: WriteOptions = {
      format: "jsonl",
      extraColumns: [
        { name: "__proto__", type: "number" },
        { name: "rank", type: "integer" },
      ],
    };
    const file = await written([{ id: null, text: "t", label: "l", extra: [0.5, null] }], options);
    expect(Buffer.from(file).toString()).toBe(
      '{"id":null,"text":"t","label":"l","__proto__":0.5,"rank":null}\n',
    );
  });

  it("writes json columns as values in jsonl and as text in tables", async () => {
    const extraColumns: WriteOptions["extraColumns"] = [
      { name: "line", type: "integer" },
      { name: "soft", type: "json" },
    ];
    const given = [{ id: "7", text: "t", label: "l", extra: [3, '[{"label":"l"}]'] }];
    const file = async (format: "csv" | "jsonl") =>
      Buffer.from(await written(given, { extraColumns, format })).toString();
    expect(await file("jsonl")).toBe(
      '{"id":"7","text":"t","label":"l","line":3,"soft":[{"label":"l"}]}\n',
    );
    expect(await file("csv")).toBe('id,text,label,line,soft\n7,t,l,3,"[{""label"":""l""}]"\n');
  });

  it("guards csv cells that a spreadsheet would run", async () => {
    const given = ["=1", "+1", "-1", "@x", "\t=1", "'=1", "plain", "'plain"];
    given.push("＝1", "＋1", "－1", "＠x", "\r=1", "\n=1");
    const rowsGiven = given.map((one, i) => ({ id: `${i}`, text: one, label: "l" }));
    const file = Buffer.from(await written(rowsGiven, { format: "csv", formulaGuard: true }));
    expect(
      file
        .toString()
        .trimEnd()
        .split(/\n(?=\d+,)/)
        .slice(1),
    ).toEqual([
      "0,'=1,l",
      "1,'+1,l",
      "2,'-1,l",
      "3,'@x,l",
      "4,'\t=1,l",
      "5,''=1,l",
      "6,plain,l",
      "7,'plain,l",
      "8,'＝1,l",
      "9,'＋1,l",
      "10,'－1,l",
      "11,'＠x,l",
      `12,"'\r=1",l`,
      `13,"'\n=1",l`,
    ]);
  });

  it("streams: bytes are yielded before the last row is requested", async () => {
    let asked = 0;
    function* many(): Generator<CorpusRow> {
      for (; asked < 100_000; asked += 1) yield { id: null, text: "t", label: "l" };
    }
    for (const format of ["csv", "jsonl", "parquet"] as const) {
      asked = 0;
      let bytes = 0;
      for await (const chunk of writeCorpus(many(), { format })) {
        bytes += chunk.length;
        if (asked > 0) break;
      }
      expect(bytes).toBeGreaterThan(0);
      expect(asked).toBeLessThan(50_000);
    }
  });
});

it("long rows are written in pieces of about a row each, none is lost", async () => {
  const text = "x".repeat(400_000);
  const columns = [{ name: "text", type: "text" as const }];
  const rows = Array.from({ length: 40 }, () => [text]);
  let bytes = 0;
  for await (const chunk of writeTable(rows, { format: "jsonl", columns, unwritable: "throw" })) {
    expect(chunk.byteLength).toBeLessThan(1_000_000);
    bytes += chunk.byteLength;
  }
  expect(bytes).toBe(40 * (text.length + '{"text":""}\n'.length));
});
