import type { DatasetFormat } from "@winnow/contracts";
import { type CellRow, readWhole, type WrittenColumn, writeTable } from "@winnow/corpus";
import { stringify } from "csv-stringify/sync";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { exportedFile, type PrunedFile, pruneFile } from "../../support/pruned-file.js";
import { PYARROW, PYTHON, readWithPython } from "../../support/python.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let service: TestService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

/** What breaks naive readers, writers and spreadsheets. */
const HOSTILE = [
  ...["=1+1", "'=1", "''x", "-5", "+7", "@a", "＝1", "－2", "\ttab", "\rreturn", "\nfeed"],
  ...["007", "1e5", "1.10", "-0", "null", "NaN", "true", "None", "__proto__", "constructor"],
  ...['"', '""', 'a "b" c', "a,b;c|d\te", "line\nbreak", "line\r\nbreak", "\r", " blanks ", ""],
  ...[
    "|,|",
    "_!_",
    "\u2028\u0085\u2029",
    "\uFEFFmark",
    "汉字",
    "\u{1F468}\u200D\u{1F469}",
    "\\",
    "\\n",
  ],
];
const NAMES = ["", "url", "body", "rank", "kind", "url", "=x", "winnow_rank", 'a "b", c'];
const TABLE = HOSTILE.map((one, i) => [
  String(i),
  one,
  `text ${i} ${one}`,
  HOSTILE.at(-i - 1)!,
  ["news", "sport", " odd "][i % 3]!,
  HOSTILE[(i * 7) % HOSTILE.length]!,
  one,
  one + one,
  "x",
]);
const FLAGGED = [1, 5, 6, 20];
const ROLES = { textColumn: "body", labelColumn: "kind" };

/** Rows as bytes: what a careful writer of csv gives. */
const table = (rows: readonly (readonly string[])[], delimiter = ","): string =>
  stringify(rows as string[][], {
    delimiter,
    quoted_match: [/[\r\n]/, /^\s/, /\s$/, /^\uFEFF/],
    record_delimiter: "\n",
  });
const kept = <T>(rows: readonly T[]): T[] => rows.filter((_, i) => !FLAGGED.includes(i));

const DIGITS = ["6552368441838272771", "1.10", "-0", "1E400", "null"];
const LINES = HOSTILE.map((one, i) => {
  const object: Record<string, unknown> = { url: one, text: `text ${i}`, n: 1, kind: "a" };
  object.kind = [["a"], "b", 7, ["a", "b"]][i % 4];
  if (i % 3 === 0) object.id = [5, "", null, one || "x"][i % 4];
  if (i % 5 === 0) object.late = { deep: [one, { [one]: null }] };
  if (i % 7 === 0) object.proto__ = i % 2 === 0;
  return JSON.stringify(object).replace('"n":1', `"n":${DIGITS[i % 5]}`);
});
const JSONL: DatasetFormat = { type: "jsonl", labelColumn: "kind", idColumn: "id" };
describe.each([
  ["csv", { type: "csv", ...ROLES }, ",", NAMES],
  ["csv with semicolons", { type: "csv", delimiter: ";", ...ROLES }, ";", NAMES],
  ["tsv", { type: "tsv", ...ROLES }, "\t", NAMES],
  ["delimited", { type: "delimited", delimiter: "||", ...ROLES }, "||", NAMES],
  [
    "csv without a header",
    { type: "csv", header: false, textColumn: 2, labelColumn: 4 },
    ",",
    null,
  ],
] as const)("%s", (_, format: DatasetFormat, delimiter, names) => {
  const file = (rows: readonly (readonly string[])[]) =>
    table(names ? [names, ...rows] : rows, delimiter);
  let pruned: PrunedFile;
  beforeAll(async () => {
    pruned = await pruneFile(service, file(TABLE), format, FLAGGED);
  });
  const exported = (query: object) =>
    exportedFile(service, pruned.pruningId, { format: "source", columns: "source", ...query });

  it("comes back byte by byte", async () => {
    expect(pruned.samples).toHaveLength(TABLE.length);
    expect((await exported({ split: "all" })).toString()).toBe(file(TABLE));
  });

  it("comes back cleaned, without the flagged lines", async () => {
    expect((await exported({ split: "cleaned" })).toString()).toBe(file(kept(TABLE)));
    const noise = TABLE.filter((_row, i) => FLAGGED.includes(i));
    expect((await exported({ split: "noise" })).toString()).toBe(file(noise));
  });

  it("comes back relabelled, with the new labels as the file writes them", async () => {
    const next = { news: "sport", sport: " odd ", " odd ": "news" };
    const relabelled = TABLE.map((row, i) =>
      FLAGGED.includes(i) ? row.with(4, new Map(Object.entries(next)).get(row[4]!)!) : row,
    );
    expect((await exported({ split: "relabelled" })).toString()).toBe(file(relabelled));
  });

  it("comes back with Winnow's columns after its own", async () => {
    const { delimiter: _own, ...rest } = format;
    const all = await exported({ split: "all", columns: "all", format: "csv" });
    const whole = await readWhole(all, {
      format: {
        ...rest,
        type: "csv",
        header: true,
        ...(names ? ROLES : { textColumn: "2", labelColumn: "4" }),
      },
    });
    expect(whole.columns.map(({ name, header }) => header ?? name)).toEqual([
      ...(names ?? Array.from(NAMES, (_name, i) => String(i))),
      "ordinal",
      "line",
      "flagged",
      "suggested",
      names ? "winnow_winnow_rank" : "rank",
      "normalizedMargin",
      "review",
    ]);
    const flags = whole.samples.map(({ cells }) => cells?.at(NAMES.length + 2));
    expect(flags).toEqual(TABLE.map((_row, i) => String(FLAGGED.includes(i))));
  });

  it("is the same cells in every other format", async () => {
    for (const type of ["csv", "tsv", "jsonl", "json", "parquet"] as const) {
      const bytes = await exported({ split: "all", format: type });
      const columns = names ? ROLES : { textColumn: "2", labelColumn: "4" };
      const whole = await readWhole(bytes, { format: { type, ...columns } });
      expect(whole.rejects).toEqual([]);
      const rows = whole.samples.map(({ cells = [], text }) =>
        whole.columns.map(({ role, encoding }, i) => {
          const cell = cells[i] ?? null;
          if (role === "text") return text;
          return cell !== null && encoding === "json" ? JSON.parse(cell) : cell;
        }),
      );
      const same = TABLE.map((row) =>
        row.map((cell, i) => (i === 4 && cell !== " odd " ? null : cell)),
      );
      expect(rows).toEqual(same);
    }
  });
});

describe.each(PYTHON === null ? [] : [PYTHON])("%s", (python) => {
  it("reads the same cells in an exported csv", async () => {
    const file = table([NAMES, ...TABLE]);
    const { pruningId } = await pruneFile(service, file, { type: "csv", ...ROLES }, FLAGGED);
    const query = { split: "cleaned", format: "csv", columns: "source" } as const;
    const bytes = await exportedFile(service, pruningId, query);
    expect(readWithPython(python, "csv rows", bytes)).toEqual([NAMES, ...kept(TABLE)]);
  });

  it("reads the same digits and texts in an exported jsonl", async () => {
    const { pruningId } = await pruneFile(service, `${LINES.join("\n")}\n`, JSONL);
    const query = { split: "all", format: "source", columns: "source" } as const;
    const records = readWithPython(
      python,
      "jsonl digits",
      await exportedFile(service, pruningId, query),
    );
    expect(records.map(({ n }) => n)).toEqual(
      LINES.map((_, i) => (DIGITS[i % 5] === "null" ? null : DIGITS[i % 5])),
    );
    expect(records.map(({ url }) => url)).toEqual(HOSTILE);
  });
});

describe.each(PYARROW === null ? [] : [PYARROW])("pyarrow of %s", (python) => {
  it("reads the same cells in an exported parquet", async () => {
    const file = table([NAMES.map((name) => name || "unnamed").with(5, "url2"), ...TABLE]);
    const { pruningId } = await pruneFile(service, file, { type: "csv", ...ROLES });
    const query = { split: "all", format: "parquet", columns: "source" } as const;
    const [types, ...rows] = readWithPython(
      python,
      "parquet",
      await exportedFile(service, pruningId, query),
    );
    expect(new Set(Object.values(types!))).toEqual(new Set(["string"]));
    expect(rows.map((row) => Object.values(row))).toEqual(TABLE);
  });

  it("reads the same types in a parquet that came back", async () => {
    const nanos = { type: "TIMESTAMP", unit: "NANOS", isAdjustedToUTC: false };
    const columns: WrittenColumn[] = [
      { name: "text", type: "text" },
      { name: "label", type: "long" },
      { name: "at", type: "long", parquet: { type: "INT64", logical_type: nanos } },
      { name: "day", type: "integer", parquet: { type: "INT32", converted_type: "DATE" } },
      {
        name: "price",
        type: "long",
        parquet: { type: "INT64", converted_type: "DECIMAL", precision: 18, scale: 2 },
      },
      { name: "score", type: "number" },
      { name: "ok", type: "boolean" },
    ];
    const cells = [
      ["one", 6552368441838272771n, 1_700_000_000_123_456_789n, 19_000, 70n, 0.1, true],
      ["two", 2n, null, null, -5n, null, false],
    ];
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeTable(cells, { format: "parquet", columns })) chunks.push(chunk);
    const file = Buffer.concat(chunks);
    const { pruningId } = await pruneFile(service, file, { type: "parquet" });
    const query = { split: "all", format: "source", columns: "source" } as const;
    const again = readWithPython(python, "parquet", await exportedFile(service, pruningId, query));
    expect(again).toEqual(readWithPython(python, "parquet", file));
    expect(again[0]).toMatchObject({
      at: "timestamp[ns]",
      day: "date32[day]",
      price: "decimal128(18, 2)",
    });
  });
});

describe("jsonl", () => {
  let pruned: PrunedFile;
  beforeAll(async () => {
    pruned = await pruneFile(service, `${LINES.join("\n")}\n`, JSONL, FLAGGED);
  });
  const exported = async (query: object) =>
    (
      await exportedFile(service, pruned.pruningId, {
        format: "source",
        columns: "source",
        ...query,
      })
    )
      .toString()
      .split("\n")
      .slice(0, -1);

  it("comes back with every value as it stood, the keys in the order of their first line", async () => {
    const lines = await exported({ split: "all" });
    expect(lines.map((line) => JSON.parse(line))).toEqual(LINES.map((line) => JSON.parse(line)));
    for (const [i, line] of lines.entries()) {
      expect(line).toContain(/"n":[^,]*/.exec(LINES[i]!)![0]);
      expect(line).toHaveLength(LINES[i]!.length);
    }
    expect(await exported({ split: "cleaned" })).toEqual(kept(lines));
  });

  it("is relabelled in the form that the label had", async () => {
    const before = await exported({ split: "all" });
    const after = await exported({ split: "relabelled" });
    const kinds = (lines: string[]) =>
      lines.map((line) => (JSON.parse(line) as { kind: unknown }).kind);
    const wanted = kinds(before);
    for (const i of FLAGGED) {
      const { label } = pruned.samples[i]!;
      // The classes are a, b and 7; the file writes a as ["a"] first.
      const next = label === "a" ? "b" : label === "b" ? 7 : ["a"];
      wanted[i] = Array.isArray(wanted[i]) && !Array.isArray(next) ? [next] : next;
    }
    expect(kinds(after)).toEqual(wanted);
  });
});

it.each([
  [
    "annotation.label",
    '{"data":{"text":"one","n":12345678901234567890},"annotation":{"label":"a","by":"x"}}',
    '{"data":{"text":"two"},"annotation":{"by":"y","label":"b"}}',
  ],
  [
    "annotations.0.value.label",
    '{"data":{"text":"one"},"annotations":[{"n":1.10,"value":{"label":"a"}},{"value":{"label":"c"}}]}',
    '{"data":{"text":"two"},"annotations":[{"value":{"label":"b"}}]}',
  ],
  [
    "labels.1",
    '{"data":{"text":"one"},"labels":["c","a",{"x":[1,2]}]}',
    '{"data":{"text":"two"},"labels":["c","b"]}',
  ],
])("a nested label is relabelled where it stands: %s", async (labelColumn, ...lines) => {
  const format: DatasetFormat = { type: "jsonl", textColumn: "data.text", labelColumn };
  const { pruningId } = await pruneFile(service, lines.join("\n"), format, [0]);
  const query = { format: "source", columns: "source" } as const;
  const all = await exportedFile(service, pruningId, { ...query, split: "all" });
  expect(all.toString()).toBe(`${lines.join("\n")}\n`);
  const relabelled = await exportedFile(service, pruningId, { ...query, split: "relabelled" });
  expect(relabelled.toString()).toBe(`${lines[0]!.replace('"a"', '"b"')}\n${lines[1]}\n`);
});

it("a JSON list comes back as one, Label Studio's tasks too, with a column for new labels", async () => {
  const list = '[\n{"text":"one","label":"a","n":1.10},\n{"text":"two","n":null,"label":"b"}\n]\n';
  const query = { format: "source", columns: "source" } as const;
  const plain = await pruneFile(service, list, { type: "json" });
  const all = await exportedFile(service, plain.pruningId, { ...query, split: "all" });
  expect(all.toString()).toBe(list.replace('"n":null,"label":"b"', '"label":"b","n":null'));
  const task = (id: number, choice: string) => ({
    id,
    data: { text: `text ${id}` },
    annotations: [{ result: [{ from_name: "c", value: { choices: [choice] } }] }],
  });
  const tasks = [task(1, "a"), task(2, "b")];
  const { pruningId } = await pruneFile(service, JSON.stringify(tasks), { type: "json" }, [0]);
  const again = await exportedFile(service, pruningId, { ...query, split: "all" });
  expect(JSON.parse(again.toString())).toEqual(tasks);
  const relabelled = await exportedFile(service, pruningId, { ...query, split: "relabelled" });
  expect(JSON.parse(relabelled.toString())).toEqual([
    { ...tasks[0], label: "b" },
    { ...tasks[1], label: "b" },
  ]);
});

it("labels that the file writes as indexes stay indexes", async () => {
  const file = "text,label,n\none,0,x\ntwo,1,y\nthree,1,z\n";
  const format: DatasetFormat = { type: "csv", labelNames: ["no", "yes"] };
  const { pruningId, samples } = await pruneFile(service, file, format, [2]);
  expect(samples.map(({ label }) => label)).toEqual(["no", "yes", "yes"]);
  const query = { format: "source", columns: "source", split: "relabelled" } as const;
  const bytes = await exportedFile(service, pruningId, query);
  expect(bytes.toString()).toBe(file.replace("three,1", "three,0"));
});

it.each([
  [
    "toutiao-multilevel",
    "1|,|a/x,b|,|one|,|k1,k2|,|\n|,|b|,|two|,||,|t\n3|,|a/x|,|three|,||,|\n",
    "3|,|b|,|three|,||,|\n",
  ],
  [
    "toutiao",
    "1_!_101_!_news_culture_!_one_!_k\n2_!_102_!_news_entertainment_!_two_!_\n3_!_101_!_news_culture_!_three_!_k3\n",
    "3_!_102_!_news_entertainment_!_three_!_k3\n",
  ],
  [
    "fasttext",
    "__label__a __label__b one\n__label__b two, more\n__label__a three\n",
    "__label__b three\n",
  ],
] as const)("%s comes back line by line with all fields", async (type, file, relabelled) => {
  const { pruningId } = await pruneFile(service, file, { type, text: "title-keywords" }, [2]);
  const query = { format: "source", columns: "source" } as const;
  const all = await exportedFile(service, pruningId, { ...query, split: "all" });
  expect(all.toString()).toBe(file);
  const changed = await exportedFile(service, pruningId, { ...query, split: "relabelled" });
  expect(changed.toString().split("\n").at(-2)).toBe(relabelled.trimEnd());
});

it("by default Winnow's columns come first, and the file's others after them", async () => {
  const file = "rank,text,label,url\n9,one,a,u\n8,two,b,v\n";
  const { pruningId } = await pruneFile(service, file, { type: "csv" }, [1]);
  const csv = await exportedFile(service, pruningId, { split: "all", format: "csv" });
  expect(csv.toString().split("\n")).toEqual([
    "ordinal,line,id,text,label,trueLabel,flagged,suggested,winnow_rank,normalizedMargin,review,rank,url",
    expect.stringMatching(/^0,2,,one,a,,false,,,,,9,u$/),
    expect.stringMatching(/^1,3,,two,b,,true,a,1,-[\d.]+,,8,v$/),
    "",
  ]);
  const jsonl = await exportedFile(service, pruningId, { split: "noise" });
  expect(JSON.parse(jsonl.toString())).toMatchObject({ rank: "8", winnow_rank: 1, url: "v" });
});

it("a Toutiao export leaves columns out, and says how many", async () => {
  const file = "text,label,url\none,a,u\ntwo,b,v\n";
  const { pruningId } = await pruneFile(service, file, { type: "csv" });
  const answer = await service.client.request("exportPruning", {
    params: { id: pruningId },
    query: { format: "toutiao" },
  });
  expect(answer.headers.get("x-winnow-columns-left-out")).toBe("1");
  expect(await answer.text()).toBe("_!__!_a_!_one_!_\n_!__!_b_!_two_!_\n");
});

it("parquet comes back with the types of its columns, and indexes as labels", async () => {
  const time = { type: "TIMESTAMP", unit: "MICROS", isAdjustedToUTC: false };
  const columns: WrittenColumn[] = [
    { name: "at", type: "long", parquet: { type: "INT64", logical_type: time } },
    { name: "id", type: "long" },
    { name: "text", type: "text" },
    { name: "label", type: "long" },
    { name: "score", type: "number" },
    { name: "__proto__", type: "boolean" },
  ];
  const rows = [
    [1_700_000_000_123_456n, 6552368441838272771n, "one", 0n, 1, true],
    [null, 6552368441838272772n, "two", 1n, Number.NaN, null],
    [-1n, 3n, "three", 1n, -0, false],
  ];
  const fileOf = async (cells: CellRow[]) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeTable(cells, { format: "parquet", columns })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const format: DatasetFormat = { type: "parquet", idColumn: "id", labelNames: ["no", "yes"] };
  const { pruningId, samples } = await pruneFile(service, await fileOf(rows), format, [2]);
  expect(samples[0]!.columns).toEqual([
    { name: "at", value: "2023-11-14T22:13:20.123456" },
    { name: "score", value: 1 },
    { name: "__proto__", value: true },
  ]);
  const query = { format: "source", columns: "source" } as const;
  const all = await exportedFile(service, pruningId, { ...query, split: "all" });
  expect(all.equals(await fileOf(rows))).toBe(true);
  const relabelled = await exportedFile(service, pruningId, { ...query, split: "relabelled" });
  rows[2]![3] = 0n;
  expect(relabelled.equals(await fileOf(rows))).toBe(true);
});

describe.each([
  ["without quotes", { quote: "none" }, "\t", '"a', "b\\c"],
  ["with backslashes", { escape: "backslash" }, ",", 'a "b", c\\', "\\N\nd"],
  [
    "with backslashes and without quotes",
    { quote: "none", escape: "backslash" },
    ",",
    '"a,',
    "b\\\n",
  ],
] as const)("a table %s", (_, syntax, delimiter, one, two) => {
  const format: DatasetFormat = { type: delimiter === "\t" ? "tsv" : "csv", ...syntax };
  const escaped = (cell: string) => {
    if (!("escape" in syntax)) return cell;
    if ("quote" in syntax) return cell.replace(/[\\,\n]/g, "\\$&");
    return /["\\,\n]/.test(cell) ? `"${cell.replace(/["\\]/g, "\\$&")}"` : cell;
  };
  const rows = [
    ["text", "label", "note"],
    ["one", "a", one],
    [two, "b", "x"],
    ["three", "a", ""],
  ];
  const file = rows.map((row) => `${row.map(escaped).join(delimiter)}\n`).join("");

  it("comes back byte by byte, and with Winnow's columns", async () => {
    const { pruningId, samples } = await pruneFile(service, file, format, [0]);
    expect(samples.map(({ text }) => text)).toEqual(["one", two, "three"]);
    expect(samples.map(({ columns }) => columns[0]?.value)).toEqual([one, "x", ""]);
    const query = { format: "source", split: "all" } as const;
    const source = await exportedFile(service, pruningId, { ...query, columns: "source" });
    expect(source.toString()).toBe(file);
    const all = await exportedFile(service, pruningId, { ...query, columns: "all" });
    const whole = await readWhole(all, { format });
    expect(whole.rejects).toEqual([]);
    expect(whole.samples.map(({ cells }) => cells?.[2])).toEqual([one, "x", ""]);
  });
});

it("an export that needs quotes is refused for a file without, unless it is cleaned", async () => {
  const format: DatasetFormat = { type: "csv", quote: "none" };
  const file = "text,label\none,a\ntwo,b\n";
  const aliases = { labels: { aliases: [{ from: "b", to: "b, c" }] } };
  const { pruningId } = await pruneFile(service, file, format, [0], aliases);
  const query = { format: "source", columns: "source", split: "relabelled" } as const;
  // The file writes the class as b.
  expect((await exportedFile(service, pruningId, query)).toString()).toBe(
    "text,label\none,b\ntwo,b\n",
  );
  const all = { ...query, columns: "all" } as const;
  await expect(exportedFile(service, pruningId, all)).rejects.toMatchObject({
    code: "unwritable-rows",
  });
  const cleaned = await exportedFile(service, pruningId, { ...all, unwritable: "clean" });
  expect(cleaned.toString()).toContain("b  c");
});

it("a guarded csv comes back guarded", async () => {
  const file = "text,label,url\none,a,'=1\ntwo,b,''x\nthree,a,''=2\n";
  const { pruningId, samples } = await pruneFile(service, file, {
    type: "csv",
    formulaGuard: true,
  });
  expect(samples.map(({ columns }) => columns[0]?.value)).toEqual(["=1", "''x", "'=2"]);
  const query = { format: "source", columns: "source", split: "all" } as const;
  expect((await exportedFile(service, pruningId, query)).toString()).toBe(file);
});
