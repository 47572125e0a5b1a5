import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readCorpus } from "../reading/read-corpus.js";
import { readWhole } from "../reading/read-whole.js";

async function read(
  document: unknown,
  format: Partial<DatasetFormat> = {},
  limits = {},
  chunkBytes = 11,
) {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const whole = await readWhole(text, { format: { type: "json", ...format }, limits }, chunkBytes);
  return {
    rows: whole.samples.map((row) => [row.text, whole.classes[row.classIndex]?.name]),
    ids: whole.samples.map(({ externalId }) => externalId),
    lines: whole.samples.map(({ line }) => line),
    rejects: whole.rejects.map(({ line, reason }) => [line, reason]),
    details: whole.rejects.map(({ detail }) => detail),
    columns: whole.columns.map(({ name }) => name),
  };
}

const refusal = (document: unknown, format: Partial<DatasetFormat> = {}, limits = {}) =>
  read(document, format, limits).then(
    () => "no fault",
    (error) => `${error.code}: ${error.message}`,
  );

const RECORDS = [
  { text: "one", label: "a" },
  { text: 'two, "2" 汉', label: "b" },
  { text: "three", label: "a" },
];
const ROWS = [
  ["one", "a"],
  ['two, "2" 汉', "b"],
  ["three", "a"],
];

describe("a JSON document", () => {
  const texts = RECORDS.map(({ text }) => text);
  const labels = RECORDS.map(({ label }) => label);
  const byId = (values: readonly unknown[]) => Object.fromEntries(values.map((v, i) => [i, v]));
  const forms: [name: string, document: unknown, ids: (string | null)[]][] = [
    ["list of objects", RECORDS, [null, null, null]],
    ["one member that is such a list", { version: 2, data: RECORDS }, [null, null, null]],
    ["such a list deeper down", { a: { b: [], hits: { hits: RECORDS } } }, [null, null, null]],
    ["pandas' columns", { text: byId(texts), label: byId(labels) }, [null, null, null]],
    ["pandas' columns as lists", { text: texts, label: labels }, [null, null, null]],
    ["pandas' index", byId(RECORDS), ["0", "1", "2"]],
    ["pandas' index with names", { x: RECORDS[0], y: RECORDS[1], z: RECORDS[2] }, ["x", "y", "z"]],
    [
      "pandas' split",
      { columns: ["label", "text"], index: [0, 1, 2], data: RECORDS.map((r) => [r.label, r.text]) },
      [null, null, null],
    ],
    [
      "pandas' table",
      { schema: { fields: [{ name: "text" }], primaryKey: ["index"] }, data: RECORDS },
      [null, null, null],
    ],
    ["list of lists", RECORDS.map((r) => [r.text, r.label]), [null, null, null]],
  ];

  it.each(forms)(
    "is read as %s, indented or not, in pieces of any size",
    async (_, document, ids) => {
      for (const indent of [0, 2]) {
        const text = JSON.stringify(document, null, indent);
        for (const file of [text, `\uFEFF${text}\n`]) {
          for (const chunkBytes of [1, 7, 4096]) {
            const found = await read(file, {}, {}, chunkBytes);
            expect(found).toMatchObject({ rows: ROWS, ids, rejects: [] });
          }
        }
      }
      const packed = await readWhole(gzipSync(JSON.stringify(document)), {
        format: { type: "json" },
      });
      expect(packed.samples).toHaveLength(3);
    },
  );

  it("gives each row the line where its element begins", async () => {
    const text =
      '[{"text":"one","label":"a"},\n\n {"text":"two",\n"label":"b"}, {"text":"three","label":"a"}\n]';
    expect((await read(text)).lines).toEqual([1, 3, 4]);
    const columns = '{"text": [\n"one",\n"two"\n],\n"label": ["a", "b"]}';
    expect((await read(columns)).lines).toEqual([2, 3]);
  });

  it("has named, indexed and dotted columns", async () => {
    const nested = [
      { doc: { t: "one" }, k: 1 },
      { doc: { t: "two" }, k: 2 },
    ];
    expect(
      await read(nested, { textColumn: "doc.t", labelColumn: "k", idColumn: "k" }),
    ).toMatchObject({
      rows: [
        ["one", "1"],
        ["two", "2"],
      ],
      ids: ["1", "2"],
    });
    const lists = [
      ["a", "x", "one"],
      ["b", "y", "two"],
    ];
    const format = { textColumn: 2, labelColumn: 0, idColumn: 1 };
    expect(await read(lists, format)).toMatchObject({
      rows: [
        ["one", "a"],
        ["two", "b"],
      ],
      ids: ["x", "y"],
    });
    const headed = [
      ["kind", "text"],
      ["a", "one"],
      ["b", "two"],
    ];
    expect(await read(headed, { header: true, labelColumn: "kind" })).toMatchObject({
      rows: [
        ["one", "a"],
        ["two", "b"],
      ],
      columns: ["kind", "text"],
    });
  });

  it("finds its rows at records, and says which lists there are", async () => {
    const document = {
      train: RECORDS,
      "test.v1": RECORDS.slice(1),
      meta: {
        dev: [
          ["x", "a"],
          ["y", "b"],
        ],
      },
    };
    expect(await refusal(document)).toMatch(
      /bad-format: .*"train" \(3\), "test.v1" \(2\).*"records":"train"/,
    );
    expect((await read(document, { records: "train" })).rows).toEqual(ROWS);
    expect((await read(document, { records: "test.v1" })).rows).toEqual(ROWS.slice(1));
    expect((await read(document, { records: "meta.dev" })).rows).toEqual([
      ["x", "a"],
      ["y", "b"],
    ]);
    expect(await refusal(document, { records: "dev" })).toMatch(
      /nothing at records "dev".*"train", "test.v1", "meta"/,
    );
    const inColumns = {
      v: { text: ["one", "two"], label: ["a", "b"] },
      w: { text: [], label: [] },
    };
    expect((await read(inColumns, { records: "v" })).rows).toEqual([
      ["one", "a"],
      ["two", "b"],
    ]);
    expect(await refusal({ error: "not found" })).toMatch(/bad-format: .*no rows.*members "error"/);
    expect(await refusal('"text"')).toMatch(/bad-format: .*it is one value/);
    expect(await refusal({})).toMatch(/empty object/);
  });

  it("in columns may have gaps, ids in any order and other columns", async () => {
    const document = {
      text: { p: "one", q: "two", r: "three", s: null },
      n: { q: 1, p: 12345678901234567890n },
      label: { r: "a", q: "b", p: "a", s: "b", t: "a" },
    };
    const text = JSON.stringify(document, (_, value) =>
      typeof value === "bigint" ? Number(value) : value,
    ).replace("12345678901234567000", "12345678901234567890");
    const whole = await readWhole(text, { format: { type: "json" } });
    expect(whole.samples.map((row) => [row.externalId, row.text])).toEqual([
      ["p", "one"],
      ["q", "two"],
      ["r", "three"],
    ]);
    expect(whole.rejects.map(({ reason }) => reason)).toEqual(["wrong-type", "missing-field"]);
    const n = whole.columns.findIndex(({ name }) => name === "n");
    expect(whole.samples.map(({ cells }) => cells?.[n] ?? null)).toEqual([
      "12345678901234567890",
      "1",
      null,
    ]);
    expect(await refusal({ text: ["one", "two"], label: ["a"] })).toMatch(
      /bad-json: .*"text" has 2 values, "label" has 1/,
    );
    expect(await refusal({ text: { a: "one" }, label: ["a"] })).toMatch(/"label" is a list/);
    expect(
      await refusal({ text: ["one", "two"], label: ["a", "b"] }, {}, { maxBufferedBytes: 8 }),
    ).toMatch(/too-large-buffered: .*lines=True/);
  });

  it("rejects what is no row, with its element, and reads on", async () => {
    const text = [
      '[{"text":"one","label":"a"},',
      '17, null, "text", [],',
      '{"text":"x"},',
      '{"text":"tab\there","label":"a"},',
      `{"text":"${"long".repeat(60)}","label":"a"},`,
      '{"text":"x","label":null}, {"text":"two","label":"b"}]',
    ].join("\n");
    const found = await read(text, {}, { maxLineBytes: 200 });
    expect(found.rows).toEqual([
      ["one", "a"],
      ["two", "b"],
    ]);
    expect(found.rejects).toEqual([
      [2, "bad-json"],
      [2, "bad-json"],
      [2, "bad-json"],
      [2, "missing-field"],
      [3, "missing-field"],
      [4, "bad-json"],
      [5, "too-long"],
      [6, "empty-label"],
    ]);
    expect(found.details[0]).toBe("a number, not an object (element 2)");
    const bytes = Buffer.concat([
      Buffer.from('[{"text":"one","label":"a"},{"text":"'),
      Buffer.from([0xff]),
      Buffer.from('","label":"b"},{"text":"two","label":"b"}]'),
    ]);
    const whole = await readWhole(bytes, { format: { type: "json" } });
    expect(whole.rejects).toMatchObject([{ line: 1, reason: "bad-utf8" }]);
    const ragged = await read({
      columns: ["text", "label"],
      data: [["one", "a"], ["x"], ["two", "b"]],
    });
    expect(ragged.rejects).toEqual([[1, "field-count"]]);
  });

  it("that is broken or cut off is one error with line and column, and nothing is kept", async () => {
    const whole = JSON.stringify(RECORDS, null, 1);
    const { length } = Buffer.from(whole);
    for (const document of [RECORDS, { data: RECORDS }, { text: texts, label: labels }]) {
      const bytes = Buffer.from(JSON.stringify(document, null, 1));
      for (let end = 1; end < bytes.length; end += 3) {
        const cut = readWhole(bytes.subarray(0, end), { format: { type: "json" } });
        await expect(cut).rejects.toMatchObject({
          code: "bad-json",
          details: { line: expect.any(Number) },
        });
      }
    }
    expect(length).toBeGreaterThan(100);
    expect(await refusal(whole.replace('"b"', "b"))).toMatch(/line 8, column 12: found "b"/);
    expect(await refusal(whole.replace('"two, \\"2', '"two, "2'))).toMatch(
      /bad-json: .*line 7, column/,
    );
    const jsonl = RECORDS.map((row) => JSON.stringify(row)).join("\n");
    expect(await refusal(jsonl)).toMatch(/bad-json: .*line 2, column 1.*format jsonl/);
    expect(await refusal("")).toMatch(/^empty-file/);
    expect(await refusal("[]")).toMatch(/^empty-file/);
    expect(await refusal("[{}]")).toMatch(/^column-not-found/);
  });

  it("keeps the digits of numbers, and has NaN as no value", async () => {
    const digits = ["6552368441838272771", "6552368441838272772", "1.10"];
    const objects = digits.map((n, i) => `{"text": "t${i}", "id": ${n}, "label": ${n}, "x": NaN}`);
    const lists = digits.map((n, i) => `["t${i}", ${n}, ${n}]`);
    const documents: [text: string, format: Partial<DatasetFormat>][] = [
      [`[${objects.join()}]`, { idColumn: "id" }],
      [`{"a": ${objects[0]}, "b": ${objects[1]}, "c": ${objects[2]}}`, { idColumn: "id" }],
      [`{"text": ["t0", "t1", "t2"], "id": [${digits}], "label": [${digits}]}`, { idColumn: "id" }],
      [`[${lists}]`, { idColumn: 1, labelColumn: 2 }],
      [`{"columns": ["text", "id", "label"], "data": [${lists}]}`, { idColumn: "id" }],
    ];
    for (const [text, format] of documents) {
      expect(await read(text, format)).toMatchObject({
        ids: digits,
        rows: digits.map((n, i) => [`t${i}`, n]),
      });
    }
    const gaps =
      '[{"text": "x", "label": NaN}, {"text": "y", "label": "a"}, {"text": "z", "label": "b"}]';
    expect((await read(gaps)).rejects).toEqual([[1, "empty-label"]]);
  });

  it("under another format is named", async () => {
    const files: [text: string, type: DatasetFormat["type"], wanted: string][] = [
      [JSON.stringify(RECORDS), "jsonl", "a JSON document"],
      [JSON.stringify(RECORDS, null, 2), "jsonl", "a JSON document"],
      [JSON.stringify({ data: RECORDS }, null, 2), "jsonl", "a JSON document"],
      [JSON.stringify(RECORDS, null, 2), "csv", "a JSON document"],
      [JSON.stringify(RECORDS), "tsv", "a JSON document"],
      [JSON.stringify({ data: RECORDS }), "csv", "a JSON document"],
      [RECORDS.map((row) => JSON.stringify(row)).join("\n"), "csv", "jsonl"],
    ];
    for (const [text, type, wanted] of files) {
      const error = await readWhole(text, { format: { type } }).catch((reason) => reason);
      expect(error.message).toContain(`The file looks like ${wanted}, with the text in "text"`);
    }
  });

  it("may be GB18030", async () => {
    const rows = Buffer.concat([
      Buffer.from('[{"text":"'),
      Buffer.from("d6d0cec45c", "hex"),
      Buffer.from('n","label":"a"},{"text":"x","label":"b"}]'),
    ]);
    const format = { type: "json", encoding: "gb18030" } as const;
    const { samples } = await readWhole(rows, { format }, 3);
    expect(samples.map(({ text }) => text)).toEqual(["中文\n", "x"]);
    const broken = readWhole(Buffer.concat([rows, Buffer.from([0x81])]), { format });
    await expect(broken).rejects.toMatchObject({ code: "bad-encoding" });
  });

  it("of a hundred thousand rows is read in bounded memory", async () => {
    const rows = 100_000;
    async function* open() {
      yield Buffer.from('{"meta": {"rows": 100000}, "data": [');
      for (let i = 0; i < rows; i += 1) {
        const text = `row ${i} ${"of a document that is not held in memory ".repeat(20)}`;
        yield Buffer.from(
          `${i > 0 ? "," : ""}{"text":${JSON.stringify(text)},"label":"l${i % 3}"}`,
        );
      }
      yield Buffer.from("]}");
    }
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let kept = 0;
    let highest = 0;
    collect();
    const before = process.memoryUsage().heapUsed;
    for await (const { samples } of readCorpus(open, { format: { type: "json" } })) {
      kept += samples.length;
      if (kept % 20_000 > 1000) continue;
      collect();
      highest = Math.max(highest, process.memoryUsage().heapUsed - before);
    }
    expect(kept).toBe(rows);
    // The document has 84 MB; what remains are the hashes of its texts.
    expect(highest).toBeGreaterThan(0);
    expect(highest).toBeLessThan(25e6);
  });
});
