import { parquetMetadata, type SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it } from "vitest";
import { readWhole, type WholeCorpus } from "../reading/read-whole.js";
import type { CellRow } from "./batch-writer.js";
import { fileCell, fileCellType } from "./file-cells.js";
import { writeTable } from "./write-table.js";

const BYTES = [Uint8Array.of(0xff, 0, 1), Uint8Array.of(0x61), Uint8Array.of(0x80)];
type Column = [
  name: string,
  element: Omit<SchemaElement, "name">,
  data: unknown[],
  cells: unknown[],
];

/** Values of every flat type, and the JSON that a dataset keeps of them. */
const COLUMNS: Column[] = [
  [
    "int64",
    { type: "INT64" },
    [6552368441838272771n, null, -1n],
    ["6552368441838272771", "null", "-1"],
  ],
  ["int32", { type: "INT32" }, [1, -5, null], ["1", "-5", "null"]],
  ["double", { type: "DOUBLE" }, [1, -0, NaN], ["1", "-0", '"NaN"']],
  ["infinite", { type: "DOUBLE" }, [Infinity, 1e300, 0.1], ['"Infinity"', "1e+300", "0.1"]],
  ["float", { type: "FLOAT" }, [0.5, 3, null], ["0.5", "3", "null"]],
  ["boolean", { type: "BOOLEAN" }, [true, false, null], ["true", "false", "null"]],
  [
    "string",
    { type: "BYTE_ARRAY", converted_type: "UTF8" },
    ["\uFEFF=1", "", null],
    ['"\uFEFF=1"', '""', "null"],
  ],
  [
    "decimal",
    { type: "INT64", converted_type: "DECIMAL", precision: 18, scale: 2 },
    [70n, -5n, null],
    ['"0.70"', '"-0.05"', "null"],
  ],
  [
    "micros",
    { type: "INT64", logical_type: { type: "TIMESTAMP", unit: "MICROS", isAdjustedToUTC: false } },
    [1700000000123456n, -1n, null],
    ['"2023-11-14T22:13:20.123456"', '"1969-12-31T23:59:59.999999"', "null"],
  ],
  [
    "nanos",
    { type: "INT64", logical_type: { type: "TIMESTAMP", unit: "NANOS", isAdjustedToUTC: true } },
    [1700000000123456789n, 0n, null],
    ['"2023-11-14T22:13:20.123456789Z"', '"1970-01-01T00:00:00.000Z"', "null"],
  ],
  [
    "millis",
    { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
    [1n, null, 9223372036854775807n],
    ['"1970-01-01T00:00:00.001Z"', "null", "9223372036854775807"],
  ],
  [
    "date",
    { type: "INT32", converted_type: "DATE" },
    [19000, -1, null],
    ['"2022-01-08"', '"1969-12-31"', "null"],
  ],
  ["binary", { type: "BYTE_ARRAY" }, BYTES, ['{"bytes":"/wAB"}', '"a"', '{"bytes":"gA=="}']],
];

async function fileOf(columns: Column[]): Promise<Uint8Array> {
  const text: Column = [
    "text",
    { type: "BYTE_ARRAY", converted_type: "UTF8" },
    ["a", "b", "c"],
    [],
  ];
  const label: Column = ["label", { type: "INT64" }, [0n, 1n, 1n], []];
  const all = [...columns, text, label];
  const schema: SchemaElement[] = [
    { name: "root", num_children: all.length },
    ...all.map(
      ([name, element]): SchemaElement => ({ repetition_type: "OPTIONAL", ...element, name }),
    ),
  ];
  const columnData = all.map(([name, , data]) => ({ name, data }));
  return new Uint8Array(parquetWriteBuffer({ schema, columnData }));
}

const read = (file: Uint8Array) =>
  readWhole(file, { format: { type: "parquet", labelNames: ["no", "yes"] } });

/** The corpus as parquet again, with its own columns. */
async function rewritten({ samples, columns, classes, labelCells }: WholeCorpus) {
  const rows: CellRow[] = samples.map(({ externalId: id, text, classIndex, cells = null }) => {
    const label = classes[classIndex]!.name;
    const row = { id, text, label, trueLabel: null, cells };
    return columns.map((column, i) => fileCell(row, column, i, "parquet", labelCells));
  });
  const written = columns.map((column) => ({
    name: column.name,
    type: fileCellType(column, "parquet"),
    parquet: column.parquet,
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTable(rows, { format: "parquet", columns: written })) {
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

it("keeps every value of parquet's types, and writes them in the same types", async () => {
  const first = await read(await fileOf(COLUMNS));
  expect(first.rejects).toEqual([]);
  for (const [i, [name, , , cells]] of COLUMNS.entries()) {
    expect([name, first.samples.map((sample) => sample.cells?.[i])]).toEqual([name, cells]);
  }
  const again = await rewritten(first);
  const second = await read(again);
  expect(second.samples).toEqual(first.samples);
  expect(second.columns).toEqual(first.columns);
  const before = parquetMetadata((await fileOf(COLUMNS)).buffer as ArrayBuffer).schema;
  const typesOf = (schema: SchemaElement[]) =>
    schema.slice(1).map(({ name, type }) => [name, type]);
  expect(typesOf(parquetMetadata(again.buffer).schema)).toEqual(typesOf(before));
});

it("reads files with columns that the library refuses", async () => {
  const interval = Uint8Array.from({ length: 12 }, (_, i) => 0xf0 + i);
  const file = await fileOf([
    [
      "interval",
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 12, converted_type: "INTERVAL" },
      [interval, null, interval],
      [],
    ],
  ]);
  const whole = await read(file);
  const cell = `{"bytes":"${Buffer.from(interval).toString("base64")}"}`;
  expect(whole.samples.map(({ cells }) => cells?.[0])).toEqual([cell, "null", cell]);
});

it("rejects a text that is no UTF-8 instead of replacing its bytes", async () => {
  const file = await fileOf([["body", { type: "BYTE_ARRAY", converted_type: "UTF8" }, BYTES, []]]);
  const whole = await readWhole(file, {
    format: { type: "parquet", textColumn: "body", labelColumn: "text" },
  }).catch((error: unknown) => error);
  expect(whole).toMatchObject({ code: "single-class" });
});

it.each([
  [8, true, "INT32"],
  [16, true, "INT32"],
  [32, false, "INT32"],
  [64, false, "INT64"],
] as const)(
  "annotates integers of %i bits (signed: %s) as Arrow reads them",
  async (bitWidth, isSigned, type) => {
    const logical_type = { type: "INTEGER", bitWidth, isSigned } as const;
    const chunks: Uint8Array[] = [];
    const columns = [{ name: "n", type: "long", parquet: { type, logical_type } } as const];
    const value = type === "INT64" ? 7n : 7;
    for await (const chunk of writeTable([[value]], { format: "parquet", columns }))
      chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const { schema } = parquetMetadata(new Uint8Array(bytes).buffer);
    expect(schema[1]).toMatchObject({ converted_type: `${isSigned ? "" : "U"}INT_${bitWidth}` });
    expect(schema[1]?.logical_type).toBeUndefined();
  },
);
