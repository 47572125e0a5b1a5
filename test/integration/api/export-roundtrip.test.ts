import type { DatasetFormat, EXPORT_FORMATS } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PYTHON, readWithPython } from "../../support/python.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

interface Row {
  readonly id: string | null;
  readonly text: string;
  readonly label: string;
}

/** Strings that break naive readers, writers and tables of names. */
const HOSTILE = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "null", "NaN", "0", "汉字"],
  ...[
    "\u{1F600}\u{1F468}\u200D\u{1F469}",
    "x".repeat(10_000),
    '"',
    'a "quoted" word',
    "line\nbreak",
  ],
  ...["line\r\nbreak", "a\rb", "\r", '"\r', " blanks ", "\ttab", "-1", "''-1", "＝1", "＠x"].map(
    (one) => (one.trim() === "" ? `a${one}` : one),
  ),
  ...["a,b;c|d", "=1+1", "'=1+1", "-5", "@cell", "|,|", "_!_", "x_!", "a\u2028b"],
];
const text = fc
  .oneof(
    { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  )
  .map((raw) => raw.replaceAll("\0", ""))
  .filter((raw) => raw.trim() !== "" && !raw.startsWith("\uFEFF"));
const label = text
  .map((raw) => raw.trim())
  .filter((raw) => /[^\s\u0085\p{Default_Ignorable_Code_Point}]/u.test(raw));
const row = fc.record({ id: fc.option(text), text, label });

/** Each hostile string as a class and as a text, and rows drawn from all of them. */
const given: Row[] = [
  ...HOSTILE.map((one, i) => ({ id: `${i}`, text: `text ${i}`, label: one.trim() })),
  ...HOSTILE.map((one) => ({ id: one, text: one, label: "plain" })),
  ...fc.sample(row, { numRuns: 250, seed: 20_261_124 }),
];

let service: TestService;
let pruningId: string;

beforeAll(async () => {
  service = await openService();
  const lines = given.map((one) => JSON.stringify(one));
  const datasetId = await ingest(Buffer.from(`${lines.join("\n")}\n`), {
    type: "jsonl",
    idColumn: "id",
  });
  const { classes } = await service.client.call("getDataset", { params: { id: datasetId } });
  const k = classes as number;
  const npy = Buffer.concat([
    npyHeader({ dtype: "float32", shape: [given.length, k] }),
    Buffer.from(new Float32Array(given.length * k).fill(1 / k).buffer),
  ]);
  const { id } = await service.client.call("createProbabilityImport", {
    body: {
      datasetId,
      probabilitiesUploadId: await service.upload(npy),
      pruning: { method: "argmax" },
    },
  });
  const imported = await service.succeeded(id);
  pruningId = (await service.succeeded(imported.result?.pruningJobId as string))
    .pruningId as string;
});

afterAll(() => service.close());

async function ingest(file: Buffer<ArrayBuffer>, format: DatasetFormat): Promise<string> {
  const { id } = await service.client.call("createDatasetIngest", {
    body: {
      name: format.type,
      source: { type: "upload", uploadId: await service.upload(file) },
      format,
    },
  });
  const job = await service.succeeded(id);
  expect(job.result, format.type).toMatchObject({ rows: given.length, rejected: 0 });
  return job.datasetId as string;
}

async function rowsOf(id: string): Promise<Row[]> {
  const page = await service.client.call("listSamples", { params: { id }, query: { limit: 1000 } });
  return page.data.map((one) => ({ id: one.externalId, text: one.text, label: one.label }));
}

type Format = (typeof EXPORT_FORMATS)[number];

async function exported(
  format: Format,
  query: { formulaGuard?: "true"; unwritable?: "clean" } = {},
) {
  const stream = await service.client.download("exportPruning", {
    params: { id: pruningId },
    query: { split: "all", format, ...query },
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const COLUMNS = { idColumn: "id", textColumn: "text", labelColumn: "label" };

it.each(["jsonl", "json", "csv", "tsv", "parquet"] as const)(
  "an export as %s, ingested again, is the same rows under the same hostile class names",
  async (type) => {
    const datasetId = await ingest(await exported(type), { type, ...COLUMNS });
    expect(await rowsOf(datasetId)).toEqual(given);
  },
);

it.each(["csv", "tsv"] as const)(
  "an export as %s with formulaGuard, ingested with it, is the same rows",
  async (type) => {
    const file = await exported(type, { formulaGuard: "true" });
    expect(file.toString()).toContain("'=1+1");
    const datasetId = await ingest(file, { type, ...COLUMNS, formulaGuard: true });
    expect(await rowsOf(datasetId)).toEqual(given);
  },
);

// Python is not a requirement of the tests; where it is missing these are not defined.
describe.each(PYTHON === null ? [] : [PYTHON])("%s", (python) => {
  it.each(["csv", "tsv", "jsonl"] as const)(
    "an export as %s has the same rows for Python's own reader",
    async (format) => {
      const records = readWithPython(python, format, await exported(format));
      expect(
        records.map(({ id, text, label }) => ({ id: id === "" ? null : id, text, label })),
      ).toEqual(given);
    },
  );
});

it("toutiao-multilevel, which has no escapes, refuses hostile rows", async () => {
  await expect(exported("toutiao-multilevel")).rejects.toMatchObject({ code: "unwritable-rows" });
});

it("toutiao-multilevel, cleaned on request, returns every plain row and loses none", async () => {
  const file = await exported("toutiao-multilevel", { unwritable: "clean" });
  const datasetId = await ingest(file, { type: "toutiao-multilevel" });
  const again = await rowsOf(datasetId);
  const isPlain = (field: string) => /^([\w\p{L}][\w\p{L} ]*)?(?<![ _])$/u.test(field);
  const plain = given.flatMap((one, i) =>
    [one.id ?? "", one.text, one.label].every(isPlain) ? [i] : [],
  );
  expect(plain.length).toBeGreaterThan(15);
  expect(plain.map((i) => again[i])).toEqual(plain.map((i) => given[i]));
});
