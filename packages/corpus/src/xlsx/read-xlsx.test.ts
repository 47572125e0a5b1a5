import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import {
  type XlsxCell,
  type XlsxOptions,
  type XlsxSheet,
  xlsxFile,
} from "../../../../test/support/xlsx.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readCorpus } from "../reading/read-corpus.js";
import { readWhole } from "../reading/read-whole.js";

const XLSX = { format: { type: "xlsx" } } as const;

/** One sheet with a header and these rows. */
const table = (
  rows: readonly (readonly XlsxCell[])[],
  header: readonly XlsxCell[] = ["text", "label"],
) => [{ name: "Data", rows: [header, ...rows] }] as const;

async function read(
  sheets: readonly XlsxSheet[],
  format: Partial<DatasetFormat> = {},
  options: XlsxOptions = {},
  limits = {},
) {
  const file = xlsxFile(sheets, options);
  const whole = await readWhole(file, { format: { type: "xlsx", ...format }, limits });
  return {
    rows: whole.samples.map((row) => [row.line, row.text, whole.classes[row.classIndex]?.name]),
    ids: whole.samples.map(({ externalId }) => externalId),
    cells: whole.samples.map(({ cells }) => cells ?? null),
    columns: whole.columns.map(({ name }) => name),
    rejects: whole.rejects.map(({ line, reason }) => [line, reason]),
    details: whole.rejects.map(({ detail }) => detail),
    warnings: whole.profile.warnings.map(({ code, message }) => `${code}: ${message}`),
  };
}

const refusal = (...args: Parameters<typeof read>) =>
  read(...args).then(
    () => "no fault",
    (error) => `${error.code}: ${error.message}`,
  );

/** The only label that this cell gives. */
async function shown(cell: XlsxCell, options: XlsxOptions = {}): Promise<unknown> {
  const found = await read(
    table([
      ["x", cell],
      ["y", "another"],
    ]),
    {},
    options,
  );
  return found.rows[0]?.[2];
}

describe("xlsx", () => {
  it("reads texts of every kind, with the row numbers of the sheet", async () => {
    const found = await read(
      table([
        ["one", "a"],
        [{ t: "inlineStr", xml: "<is><t>two</t></is>" }, "b"],
        [{ t: "s", xml: "<v>0</v>" }, "a"],
        [{ t: "s", xml: "<v>1</v>" }, "b"],
        [{ t: "str", xml: '<f>"a"&amp;"b"</f><v>ab &amp; c</v>' }, "a"],
        ['汉字 \u{1F600} <b> & "q"', "b"],
      ]),
      {},
      {
        strings: [
          '<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></si>',
          "<si><t>line_x000D_\nbreak _x005F_x0041_ _x0000_ _xD800_</t></si>",
        ],
      },
    );
    expect(found.rows).toEqual([
      [2, "one", "a"],
      [3, "two", "b"],
      [4, "rich text", "a"],
      [5, "line\r\nbreak _x0041_ _x0000_ _xD800_", "b"],
      [6, "ab & c", "a"],
      [7, '汉字 \u{1F600} <b> & "q"', "b"],
    ]);
    expect(found.rejects).toEqual([]);
  });

  const numbers: [written: string, shown: string][] = [
    ["1", "1"],
    ["-17", "-17"],
    ["1.0", "1"],
    ["4.0999999999999996", "4.1"],
    ["0.30000000000000004", "0.30000000000000004"],
    ["123456789012345", "123456789012345"],
    ["1234567890123456", "1234567890123456"],
    ["6552368441838272771", "6552368441838272771"],
    ["1E+15", "1000000000000000"],
    ["1.2345678901234561E+16", "12345678901234560"],
    ["1e-7", "1e-7"],
  ];
  it.each(numbers)("shows the number %s as %s", async (written, text) => {
    expect(await shown({ xml: `<v>${written}</v>` })).toBe(text);
    expect(await shown({ t: "n", xml: `<f>A1</f><v>${written}</v>` })).toBe(text);
  });

  const formatted: [code: string, written: string, shown: string][] = [
    ["yyyy-mm-dd", "45296", "2024-01-05"],
    ["m/d/yy", "45296.5625", "2024-01-05T13:30:00"],
    ["[$-409]d\\-mmm\\-yy;@", "45296", "2024-01-05"],
    ["dd/mm/yyyy hh:mm", "45296.5625", "2024-01-05T13:30:00"],
    ["yyyy-mm-dd hh:mm", "45296", "2024-01-05T00:00:00"],
    ["h:mm AM/PM", "0.5625", "13:30:00"],
    ["[h]:mm:ss", "0.5", "12:00:00"],
    ["mm:ss.0", "0.00001", "00:00:00.864"],
    ["yyyy", "1", "1900-01-01"],
    ["yyyy-mm-dd", "59", "1900-02-28"],
    ["yyyy-mm-dd", "60", "1900-02-29"],
    ["yyyy-mm-dd", "61", "1900-03-01"],
    ["yyyy-mm-dd", "-5", "-5"],
    ["yyyy-mm-dd", "99999999", "99999999"],
    ["00000", "42", "00042"],
    ["General", "42", "42"],
    ["0.00E+00", "42", "42"],
    ["#,##0.00\\ [$€-407];[Red]-#,##0.00", "42.5", "42.5"],
    ['0" days"', "42", "42"],
    ["0%", "0.5", "0.5"],
  ];
  it.each(formatted)("with the format %s shows %s as %s", async (code, written, text) => {
    expect(await shown({ s: 1, xml: `<v>${written}</v>` }, { formats: [code] })).toBe(text);
  });

  it("knows built-in date formats, days from 1904, dates as texts, and booleans", async () => {
    const parts = {
      "xl/styles.xml":
        '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    };
    const day = (s: number) => ({ s, xml: "<v>45296.25</v>" });
    expect(await shown(day(1), { parts })).toBe("2024-01-05T06:00:00");
    expect(await shown({ s: 1, xml: "<v>45296</v>" }, { parts })).toBe("2024-01-05");
    expect(await shown(day(2), { parts })).toBe("2024-01-05T06:00:00");
    expect(await shown({ s: 1, xml: "<v>43834</v>" }, { parts, is1904: true })).toBe("2024-01-05");
    expect(await shown({ t: "d", xml: "<v>2024-01-05</v>" })).toBe("2024-01-05");
    expect(await shown(true)).toBe("TRUE");
    expect(await shown(false)).toBe("FALSE");
  });

  it("rejects rows with errors, formulas without values, and empty rows; columns elsewhere keep errors", async () => {
    const error = { t: "e", xml: "<v>#N/A</v>" };
    const found = await read(
      table(
        [
          ["one", "a", "x"],
          ["two", error, "x"],
          [error, "b", "x"],
          [],
          ["three", { xml: "<f>VLOOKUP(A1,B1:C9,2)</f>" }, "x"],
          ["four", "b", error],
          [" ", null, null],
          ["five", null, "x"],
          [null, "b", "x"],
          ["six", "b", "x", "beyond"],
          ["seven", "a"],
        ],
        ["text", "label", "note"],
      ),
    );
    expect(found.rows).toEqual([
      [2, "one", "a"],
      [7, "four", "b"],
      [12, "seven", "a"],
    ]);
    expect(found.cells).toEqual([
      [null, null, "x"],
      [null, null, "#N/A"],
      [null, null, ""],
    ]);
    expect(found.rejects).toEqual([
      [3, "cell-error"],
      [4, "cell-error"],
      [5, "empty-line"],
      [6, "cell-error"],
      [8, "empty-line"],
      [9, "empty-label"],
      [10, "empty-text"],
      [11, "field-count"],
    ]);
    expect(found.details[0]).toBe("B3 is #N/A: an error");
    expect(found.details[3]).toContain(
      "B6 is =VLOOKUP(A1,B1:C9,2): a formula without a stored value",
    );
    expect(found.details[7]).toContain("column D");
  });

  it("takes the first sheet that is not hidden, or the one by name or place", async () => {
    const sheet = (name: string, state?: "hidden" | "veryHidden"): XlsxSheet => ({
      name,
      ...(state ? { state } : {}),
      rows: [
        ["text", "label"],
        [`${name} 1`, "a"],
        [`${name} 2`, "b"],
      ],
    });
    const sheets = [
      sheet("Lists", "veryHidden"),
      sheet("Old", "hidden"),
      sheet("Train & <more>"),
      sheet("2024"),
    ];
    const texts = async (format: Partial<DatasetFormat>) =>
      (await read(sheets, format)).rows[0]?.[1];
    expect(await texts({})).toBe("Train & <more> 1");
    expect(await texts({ sheet: "Old" })).toBe("Old 1");
    expect(await texts({ sheet: 0 })).toBe("Lists 1");
    expect(await texts({ sheet: "1" })).toBe("Old 1");
    expect(await texts({ sheet: 2024 })).toBe("2024 1");
    expect((await read(sheets)).warnings[0]).toBe(
      'other-sheets: Only the sheet "Train & <more>" is read. The workbook also has "2024".',
    );
    expect((await read(sheets, { sheet: "2024" })).warnings.join()).not.toContain("other-sheets");
    expect(await refusal(sheets, { sheet: "Test" })).toMatch(
      /bad-format: .*"Lists" \(hidden\), "Old" \(hidden\), "Train & <more>", "2024"/,
    );
    expect(await refusal(sheets, { sheet: 4 })).toMatch(/no sheet 4/);
    expect(await refusal([{ name: "Info", rows: [] }, sheet("Data")])).toMatch(
      /empty-file: .*"Info" holds no rows.*"Data"/,
    );
  });

  it("finds columns by name or index, also without a header, below empty rows and with gaps in it", async () => {
    const rows = [[], [], ["", "kind", "", "body"], ["1", "a", "x", "one"], ["2", "b", "y", "two"]];
    const found = await read([{ name: "S", rows }], {
      textColumn: "body",
      labelColumn: "kind",
      idColumn: 0,
    });
    expect(found).toMatchObject({
      rows: [
        [4, "one", "a"],
        [5, "two", "b"],
      ],
      ids: ["1", "2"],
      columns: ["column_0", "kind", "column_2", "body"],
      rejects: [],
    });
    const bare = [
      {
        name: "S",
        rows: [
          ["one", "a"],
          ["two", "b"],
        ],
      },
    ];
    expect((await read(bare, { header: false })).rows).toEqual([
      [1, "one", "a"],
      [2, "two", "b"],
    ]);
    expect(await refusal(bare)).toMatch(/column-not-found: .*"one", "a"/);
  });

  it("may be packed in gzip or zip, and is named where the format says otherwise", async () => {
    const file = xlsxFile(
      table([
        ["one", "a"],
        ["two", "b"],
      ]),
    );
    for (const packed of [gzipSync(file), Buffer.from(zipSync({ "data.xlsx": file }))]) {
      expect((await readWhole(packed, XLSX)).samples).toHaveLength(2);
    }
    for (const type of ["csv", "jsonl", "json", "parquet"] as const) {
      const error = await readWhole(file, { format: { type } }).catch((reason) => reason);
      expect(error).toMatchObject({ code: "bad-format" });
      expect(error.message).toMatch(/The file is xlsx.*Give the format xlsx/);
    }
    await expect(readWhole("text,label\nx,a\n", XLSX)).rejects.toMatchObject({
      code: "bad-xlsx",
      message: expect.stringContaining('begins with "text,label'),
    });
  });

  it("that is damaged is one error", async () => {
    const sheets = table([
      ["one", "a"],
      ["two", "b"],
    ]);
    const faults: [parts: Record<string, string>, message: RegExp][] = [
      [
        { "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row r='1'>" },
        /sheet1.xml is no valid XML/,
      ],
      [
        {
          "xl/worksheets/sheet1.xml":
            "<worksheet><row r='1'><c r='A1' t='s'><v>99</v></c></row></worksheet>",
        },
        /there is no text 99/,
      ],
      [
        { "xl/worksheets/sheet1.xml": "<worksheet><row r='2'/><row r='1'/></worksheet>" },
        /row 1 comes after row 2/,
      ],
      [
        {
          "xl/worksheets/sheet1.xml":
            "<worksheet><row r='1'><c r='ZZZ1'><v>1</v></c></row></worksheet>",
        },
        /no cell ZZZ1/,
      ],
      [
        {
          "xl/sharedStrings.xml":
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>',
        },
        /sharedStrings.xml is no valid XML/,
      ],
      [{ "xl/workbook.xml": "<workbook/>" }, /no worksheet/],
      [{ "xl/_rels/workbook.xml.rels": "<Relationships/>" }, /no worksheet/],
    ];
    for (const [parts, message] of faults) {
      expect(await refusal(sheets, {}, { parts })).toMatch(message);
    }
    const file = Buffer.from(
      xlsxFile(table(Array.from({ length: 200 }, (_, i) => [`row ${i * i}`, `l${i % 2}`]))),
    );
    for (let at = 4; at < file.length; at += 7) {
      const damaged = Buffer.from(file);
      damaged[at]! ^= 0x55;
      const whole = await readWhole(damaged, XLSX).catch((error) => error);
      if (whole instanceof Error) expect(whole.name).toBe("CorpusError");
      else expect(whole.samples.length + whole.rejects.length).toBe(200);
    }
    for (let length = 4; length < file.length; length += 97) {
      await expect(readWhole(file.subarray(0, length), XLSX)).rejects.toMatchObject({
        code: "bad-zip",
      });
    }
  });

  it("stops a bomb of cells, of texts, or of one text", async () => {
    const cells = `<worksheet>${"<row><c><v>1</v></c></row>".repeat(2_000_000)}</worksheet>`;
    const bomb = { parts: { "xl/worksheets/sheet1.xml": cells } };
    expect(await refusal(table([]), {}, bomb)).toMatch(/too-large-decompressed/);
    const texts = {
      parts: { "xl/sharedStrings.xml": `<sst>${"<si><t>text</t></si>".repeat(1000)}</sst>` },
    };
    expect(
      await refusal(table([["x", "a"]]), {}, texts, {
        maxBufferedBytes: 3000,
        maxCompressionRatio: 1e9,
      }),
    ).toMatch(/too-large-buffered/);
    const long = table([
      ["one", "a"],
      ["x".repeat(3000), "b"],
      ["two", "b"],
    ]);
    const found = await read(long, {}, {}, { maxLineBytes: 2000 });
    expect(found.rows.map(([line]) => line)).toEqual([2, 4]);
    expect(found.rejects).toEqual([[3, "too-long"]]);
  });

  it("of a hundred thousand rows is read in bounded memory, by position", async () => {
    const rows = 100_000;
    const text = (i: number) => `text ${(i * 7919) % 100_003} of a row with some more words in it`;
    const xml = Array.from(
      { length: rows },
      (_, i) =>
        `<row r="${i + 2}"><c r="A${i + 2}" t="inlineStr"><is><t>${text(i)}</t></is></c><c r="B${i + 2}"><v>${i % 5}</v></c></row>`,
    );
    const head =
      '<row r="1"><c t="inlineStr"><is><t>text</t></is></c><c t="inlineStr"><is><t>label</t></is></c></row>';
    const sheet = `<worksheet><sheetData>${head}${xml.join("")}</sheetData></worksheet>`;
    const file = xlsxFile(table([]), { parts: { "xl/worksheets/sheet1.xml": sheet } });
    xml.length = 0;
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const randomAccess = {
      byteLength: file.length,
      slice: (start: number, end = file.length) => file.slice(start, end).buffer,
    };
    async function* open() {
      yield file.subarray(0, 1000);
    }
    const seen: number[] = [];
    let kept = 0;
    let highest = 0;
    collect();
    const before = process.memoryUsage().heapUsed;
    const options = { ...XLSX, randomAccess, onProgress: (bytes: number) => seen.push(bytes) };
    for await (const { samples } of readCorpus(open, options)) {
      kept += samples.length;
      if (kept % 20_000 > 1000) continue;
      collect();
      highest = Math.max(highest, process.memoryUsage().heapUsed - before);
    }
    expect(kept).toBe(rows);
    // The sheet has 14 MB; what remains are the hashes of its texts.
    expect(highest).toBeLessThan(25e6);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(file.length);
  });
});
