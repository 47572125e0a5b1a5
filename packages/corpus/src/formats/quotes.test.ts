import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { previewCorpus } from "../reading/preview.js";
import { readCorpus } from "../reading/read-corpus.js";
import { readWhole } from "../reading/read-whole.js";

/** Rows as `line: text -> label` and rejects as `line: reason`, in file order. */
async function read(
  file: string | Uint8Array,
  type: "csv" | "tsv" = "csv",
  maxLineBytes = 2 ** 20,
  chunkBytes = 7,
): Promise<string[]> {
  const options = { format: { type }, limits: { maxLineBytes } } as const;
  const { samples, rejects, classes } = await readWhole(file, options, chunkBytes);
  return [
    ...samples.map(({ line, text, classIndex }) => ({
      line,
      seen: `${line}: ${text} -> ${classes[classIndex]?.name}`,
    })),
    ...rejects.map(({ line, reason }) => ({ line, seen: `${line}: ${reason}` })),
  ]
    .sort((a, b) => a.line - b.line)
    .map(({ seen }) => seen);
}

describe("quotes in csv and tsv", () => {
  const lines = [
    ["text", "label"],
    ["plain one", "a"],
    ['"unclosed two', "b"],
    ["plain three", "a"],
    ['it is "so" four', "b"],
    ["plain five", "a"],
  ];
  it.each([
    ["tsv", "\t", "\n"],
    ["tsv", "\t", "\r\n"],
    ["csv", ",", "\n"],
    ["csv", ",", "\r\n"],
  ] as const)(
    "a lone quote says that the opening one was a character: %s",
    async (type, by, end) => {
      const seen = await read(lines.map((cells) => cells.join(by)).join(end), type);
      expect(seen).toEqual(
        lines.slice(1).map(([text, label], i) => `${i + 2}: ${text} -> ${label}`),
      );
    },
  );

  it("an open quote at the end of the file was a character", async () => {
    expect(await read('text,label\na,x\n"open,x\nb,y\nc,x\n')).toEqual([
      "2: a -> x",
      '3: "open -> x',
      "4: b -> y",
      "5: c -> x",
    ]);
    expect(await read('text,label\na,x\nb,"y')).toEqual(["2: a -> x", '3: b -> "y']);
  });

  it("splits the whole line plainly, also the fields before the lone quote", async () => {
    expect(await read('text,label\n"one","two" x\n"a",b\n')).toEqual([
      '2: "one" -> "two" x',
      "3: a -> b",
    ]);
  });

  it("reads the lines after a given-up record again, quoted ones as quoted", async () => {
    expect(await read('text,label\n"open,x\n"good, one",y\n"two\nlines",x\n')).toEqual([
      '2: "open -> x',
      "3: good, one -> y",
      "4: two\nlines -> x",
    ]);
  });

  it("a record whose second field meets a lone quote has no quoted reading at all", async () => {
    expect(await read('text,label\n"a,x\nb","so" y\nc,z\n')).toEqual([
      '2: "a -> x',
      '3: b" -> "so" y',
      "4: c -> z",
    ]);
  });

  it("lines that only a wrong number of fields would join are rows; others are one reject", async () => {
    expect(await read('text,label\n"abc,x\ndef,y"\nghi,x\n')).toEqual([
      '2: "abc -> x',
      '3: def -> y"',
      "4: ghi -> x",
    ]);
    expect(await read('text,label\n"abc, d,x\ndef,y"\nghi,x\njkl,y\n')).toEqual([
      "2: field-count",
      "4: ghi -> x",
      "5: jkl -> y",
    ]);
  });

  it("a lone return is a line's end only at the end of a line", async () => {
    expect(await read('text,label\n"a"\rb,x\n"c",y\r\n"d","z"\r\r\n')).toEqual([
      '2: "a"\rb -> x',
      "3: c -> y",
      "4: d -> z",
    ]);
  });
});

describe("a record that is too long", () => {
  const document = (lines: number) => `"${"a line, of a document\n".repeat(lines)}"`;

  it("is one reject at its first line, not rows", async () => {
    const file = `text,label\nx,a\n${document(70_000)},b\ny,b\nz,"a"\n`;
    const whole = await readWhole(file, { format: { type: "csv" } });
    expect(whole.samples.map(({ line, text }) => [line, text])).toEqual([
      [2, "x"],
      [70_004, "y"],
      [70_005, "z"],
    ]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason: "too-long" }]);
    expect(whole.rejects[0]?.detail).toContain("ends in line 70003");
    expect(whole.profile.rowsRead).toBe(4);
  });

  it("is one reject whatever its lines are: long ones, broken ones, many", async () => {
    const long = `${"x, ".repeat(200)}\n`;
    for (const inner of [
      long,
      `a,b\n${long}c,d\n`,
      `${long}${long}`,
      "\n".repeat(300),
      `e,f\n${long}`,
    ]) {
      for (const chunkBytes of [1, 5, 64, 1000]) {
        const file = `text,label\nx,a\n"${inner}",b\ny,b\n`;
        const seen = await read(file, "csv", 100, chunkBytes);
        const next = file.split("\n").indexOf("y,b") + 1;
        expect(seen, `${chunkBytes}`).toEqual(["2: x -> a", "3: too-long", `${next}: y -> b`]);
      }
    }
  });

  it.each([1, 2, 9, 300])("ends before %i returns of a line's end, in any chunks", async (n) => {
    // The start of a file is read as one chunk, to find its encoding.
    const long = "x".repeat(300_000);
    const returns = "\r".repeat(n);
    const closed = `text,label\n"a\n${long}","b"${returns}\ny,b\nz,c\n`;
    const lone = `text,label\n"a,x\n${long}"${returns}z,b\ny,b\nz,c\n`;
    const rows = ["4: y -> b", "5: z -> c"];
    for (const chunkBytes of [5, 64]) {
      expect(await read(closed, "csv", 100, chunkBytes)).toEqual(["2: too-long", ...rows]);
      const plain = ['2: "a -> x', "3: too-long", ...rows];
      expect(await read(lone, "csv", 100, chunkBytes)).toEqual(plain);
    }
  });

  it("a long line that opens no quote does not touch the lines after it", async () => {
    const file = `text,label\n${"x".repeat(300)}"\n"${"y".repeat(300)}" z,a\nb,"${"u".repeat(300)}"\na,b\nb,c\n`;
    expect(await read(file, "csv", 100)).toEqual([
      "2: too-long",
      "3: too-long",
      "4: too-long",
      "5: a -> b",
      "6: b -> c",
    ]);
  });

  it("is no record if its quote turns out to be a character: its lines are read again", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i + 4}: row ${i} -> ${i % 3}`);
    const lines = rows.map((row) => row.replace(/^\d+: /, "").replace(" -> ", ","));
    for (const end of ["", 'it is "so",x\n', `it is "so" ${"y".repeat(300)},x\n`, '"a"\n']) {
      const file = `text,label\nx,a\n"open,b\n${lines.join("\n")}\n${end}`;
      async function* open() {
        for (let at = 0; at < file.length; at += 50) {
          yield Buffer.from(file.slice(at, at + 50));
        }
      }
      const options = { format: { type: "csv" }, limits: { maxLineBytes: 100 } } as const;
      const texts: string[] = [];
      for await (const { samples } of readCorpus(open, options)) {
        texts.push(...samples.map(({ text }) => text));
      }
      const tail = end.startsWith("it") && end.length < 100 ? ['it is "so"'] : [];
      expect(texts).toEqual(["x", '"open', ...lines.map((line) => line.split(",")[0]), ...tail]);
    }
  });

  it("many such records cost one second reading of the file, not one each", async () => {
    const part = `"open,b\n${"row,a\n".repeat(200)}it is "so",a\n`;
    const file = `text,label\n${part.repeat(20)}`;
    let bytes = 0;
    async function* open() {
      for (let at = 0; at < file.length; at += 100) {
        bytes += 100;
        yield Buffer.from(file.slice(at, at + 100));
      }
    }
    let rows = 0;
    const options = { format: { type: "csv" }, limits: { maxLineBytes: 100 } } as const;
    for await (const { samples, rejects } of readCorpus(open, options)) {
      rows += samples.length;
      expect(rejects).toEqual([]);
    }
    expect(rows).toBe(20 * 202);
    // A look at the first bytes comes on top.
    expect(bytes).toBeLessThanOrEqual(2 * file.length + 2000);
  });
});

describe("a broken line in a quoted field", () => {
  const format: DatasetFormat = { type: "csv" };
  const bad = Buffer.from([0x78, 0xff, 0x2c, 0x79, 0x0a]);
  /** Enough text that one NUL does not make the file a binary one. */
  const ok = "ok ".repeat(30);

  it.each([
    ["bad-utf8", bad],
    ["nul-character", Buffer.from("x\0,y\n")],
    ["too-long", Buffer.from(`${"x,".repeat(100)}\n`)],
  ])("makes the record one reject: %s", async (reason, line) => {
    const limits = { maxLineBytes: 100 };
    const file = Buffer.concat([
      Buffer.from(`text,label\n${ok},a\n"begin\n`),
      line,
      Buffer.from('more,a\nend",a\nok too,b\n'),
    ]);
    const whole = await readWhole(file, { format, limits }, 3);
    expect(whole.samples.map(({ line: at }) => at)).toEqual([2, 7]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason, excerpt: '"begin' }]);
    expect(whole.rejects[0]?.detail).toContain("line 4");
  });

  it.each([
    ["bad-utf8", Buffer.from([0x22, 0xff])],
    ["nul-character", Buffer.from('"\0')],
    ["too-long", Buffer.from(`"${"x".repeat(200)}`)],
  ])("may open the field itself, and then closes it too: %s", async (reason, start) => {
    const limits = { maxLineBytes: 100 };
    const file = Buffer.concat([
      Buffer.from(`text,label\n${ok},a\n`),
      start,
      Buffer.from('\nmore,a\nend",a\nok too,b\n'),
    ]);
    const whole = await readWhole(file, { format, limits }, 3);
    expect(whole.samples.map(({ line }) => line)).toEqual([2, 6]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason }]);
    expect(whole.rejects[0]?.excerpt).not.toContain("\0");
  });

  it("is a reject of its own if the quote turns out to be a character", async () => {
    const file = Buffer.concat([
      Buffer.from('text,label\n"ok,a\n'),
      bad,
      Buffer.from('it is "so",b\nfine,a\n'),
    ]);
    const whole = await readWhole(file, { format }, 3);
    expect(whole.samples.map(({ text }) => text)).toEqual(['"ok', 'it is "so"', "fine"]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason: "bad-utf8" }]);
  });
});

describe("the preview of a head that ends inside quotes", () => {
  async function previewOf(file: string, bytes: number) {
    async function* open() {
      for (let at = 0; at < file.length; at += 100) yield Buffer.from(file.slice(at, at + 100));
    }
    return previewCorpus(open, { format: { type: "csv" }, bytes });
  }

  it("shows neither invented rows nor a reject", async () => {
    const file = `text,label\nx,a\n"${"a line, of a document\n".repeat(500)}",b\ny,b\n`;
    const seen = await previewOf(file, 1000);
    expect(seen.samples.map(({ text }) => text)).toEqual(["x"]);
    expect(seen.rejects).toEqual([]);
    expect(seen.rowsLooked).toBe(1);
    expect((await previewOf(file, 100_000)).samples.length).toBe(3);
  });

  it("reads on to the end of the first line, however little was asked for", async () => {
    const seen = await previewOf(`text,label,${"x".repeat(500)}\na,b,c\nd,e,f\n`, 50);
    expect(seen.columns).toEqual(["text", "label", "x".repeat(500)]);
    expect(seen.problem).toBeNull();
  });
});

describe("quote and escape", () => {
  async function cellsOf(file: string, format: Partial<DatasetFormat>) {
    const options = { type: "csv", textColumn: 0, labelColumn: 1, ...format } as const;
    const { samples, rejects, classes } = await readWhole(file, { format: options }, 5);
    return [
      ...samples.map(({ text, classIndex }) => [text, classes[classIndex]?.name]),
      ...rejects.map(({ line, reason }) => `${line}: ${reason}`),
    ];
  }

  it("without quotes, every quote is a character, and a delimiter may hold one", async () => {
    const file = 'text,label\n"a,"x"\n""b"","y\nc",x\n"d\n"e","x"\n';
    expect(await cellsOf(file, { quote: "none" })).toEqual([
      ['"a', '"x"'],
      ['""b""', '"y'],
      ['c"', "x"],
      ['"e"', '"x"'],
      "5: field-count",
    ]);
    const odd = await cellsOf('text","label\na","x\nb","y\n', { quote: "none", delimiter: '","' });
    expect(odd).toEqual([
      ["a", "x"],
      ["b", "y"],
    ]);
  });

  it("a backslash escapes quotes, delimiters, line breaks and itself, and nothing else", async () => {
    const file = [
      "text,label",
      String.raw`"she said \"no\", twice",x`,
      String.raw`"ends in a backslash\\",y`,
      String.raw`C:\new\table,x`,
      String.raw`one\, two \"three\" \\ four,y`,
      "two\\",
      "lines,x",
      '"three\\',
      'lines ""here""",y',
      String.raw`"\N",x`,
      String.raw`\\N,x`,
      String.raw`no label,\N`,
      "",
    ].join("\n");
    expect(await cellsOf(file, { escape: "backslash" })).toEqual([
      ['she said "no", twice', "x"],
      ["ends in a backslash\\", "y"],
      ["C:\\new\\table", "x"],
      ['one, two "three" \\ four', "y"],
      ["two\nlines", "x"],
      ['three\nlines "here"', "y"],
      ["\\N", "x"],
      ["\\N", "x"],
      "12: empty-label",
    ]);
  });

  it("reads what MySQL writes without quotes", async () => {
    const file = 'text\tlabel\na\\\tb \\\\ "c"\tx\nd\\\ne\t\\N\nf\ty\\\\\n';
    expect(await cellsOf(file, { type: "tsv", quote: "none", escape: "backslash" })).toEqual([
      ['a\tb \\ "c"', "x"],
      ["f", "y\\"],
      "3: empty-label",
    ]);
  });

  it("a backslash at the end of the file is a character", async () => {
    const lines = "text,label\na,x\nb,y\\";
    for (const end of ["", "\r", "\n"]) {
      expect(await cellsOf(lines + end, { escape: "backslash" })).toEqual([
        ["a", "x"],
        ["b", "y\\"],
      ]);
    }
  });

  it("an escaped chain of lines is bounded like any record", async () => {
    const file = `text,label\nx,a\n${"long line\\\n".repeat(1000)}end,b\ny,b\n`;
    const options: IngestOptions = {
      format: { type: "csv", escape: "backslash" },
      limits: { maxLineBytes: 200 },
    };
    const whole = await readWhole(file, options);
    expect(whole.samples.map(({ text }) => text)).toEqual(["x", "y"]);
    expect(whole.rejects).toMatchObject([{ line: 3, reason: "too-long" }]);
  });

  it.each([
    [{ type: "jsonl", quote: "none" }, "The option quote is for csv, tsv, delimited"],
    [{ type: "toutiao", escape: "backslash" }, "The option escape is for csv, tsv, delimited"],
    [{ type: "delimited", delimiter: '"' }, "quote"],
    [{ type: "delimited", delimiter: "\\", escape: "backslash" }, "backslash"],
  ] as const)("is refused where it makes no sense: %j", async (format, words) => {
    await expect(readWhole("a", { format })).rejects.toMatchObject({
      code: "bad-format",
      message: expect.stringContaining(words),
    });
  });
});
