import { DatasetIngestParams, type Sample } from "@winnow/contracts";
import { createDatasetIngest, listSamples, readDataset, withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
});

afterAll(() => fixture.close());

const CSV = [
  "url,text,date,label,url",
  "http://a?x=1,one,2024-01-01,a,",
  'http://b,two,"1,5", b ,-7',
  "=1,three,,a,z",
  "",
].join("\n");

async function ingest(content: string, overrides: Record<string, unknown>): Promise<string> {
  const job = await succeeded(fixture.store, await postIngest(fixture, content, overrides));
  return job.datasetId as string;
}

async function derive(datasetId: string, change: object): Promise<string> {
  const params = DatasetIngestParams.parse({
    name: "derived",
    source: { type: "dataset", datasetId },
    ...change,
  });
  const jobId = await withTransaction(fixture.store, (tx) => createDatasetIngest(tx, params));
  return (await succeeded(fixture.store, jobId)).datasetId as string;
}

async function samplesOf(datasetId: string): Promise<readonly Sample[]> {
  return (await listSamples(fixture.store, datasetId, { limit: 1000 })).data;
}

const columnsOf = async (datasetId: string) =>
  (await samplesOf(datasetId)).map(({ columns }) =>
    columns.map(({ name, value }) => [name, value]),
  );

async function storedBytes(datasetId: string): Promise<number> {
  const { rows } = await poolOf(fixture.store).query<{ bytes: number }>(
    `SELECT coalesce(sum(length(cells)), 0)::int AS bytes FROM samples s
     JOIN datasets d ON d.key = s.dataset_key WHERE d.id = $1`,
    [datasetId],
  );
  return rows[0]!.bytes;
}

it("every column of a csv file is in its samples, and the dataset lists them", async () => {
  const datasetId = await ingest(CSV, { format: { type: "csv" } });
  const dataset = await readDataset(fixture.store, datasetId);
  expect(dataset.format).toBe("csv");
  expect(dataset.columns).toEqual([
    { name: "url", type: "text", role: null },
    { name: "text", type: "text", role: "text" },
    { name: "date", type: "text", role: null },
    { name: "label", type: "text", role: "label" },
    { name: "column_4", type: "text", role: null },
  ]);
  expect(await columnsOf(datasetId)).toEqual([
    [
      ["url", "http://a?x=1"],
      ["date", "2024-01-01"],
      ["column_4", ""],
    ],
    [
      ["url", "http://b"],
      ["date", "1,5"],
      ["column_4", "-7"],
    ],
    [
      ["url", "=1"],
      ["date", ""],
      ["column_4", "z"],
    ],
  ]);
});

it("jsonl keeps values of every kind under every name", async () => {
  const lines = [
    '{"text":"one","label":"a","n":6552368441838272771,"list":[1,12345678901234567890,"9e9"],"__proto__":{"a":1}}',
    '{"text":"two","label":"b","late\\u0000":null,"big":1e400,"half":"\\ud800"}',
  ];
  const datasetId = await ingest(lines.join("\n"), { format: { type: "jsonl" } });
  expect(await columnsOf(datasetId)).toEqual([
    [
      ["n", "6552368441838272771"],
      ["list", [1, "12345678901234567890", "9e9"]],
      ["__proto__", { a: 1 }],
    ],
    [
      ["late\0", null],
      ["big", "1e400"],
      ["half", "\ud800"],
    ],
  ]);
});

it("columns can be chosen, and none costs nothing", async () => {
  const some = await ingest(CSV, { format: { type: "csv" }, columns: ["date"] });
  expect(await columnsOf(some)).toEqual([
    [["date", "2024-01-01"]],
    [["date", "1,5"]],
    [["date", ""]],
  ]);
  const none = await ingest(CSV, { format: { type: "csv" }, columns: "none" });
  expect(await columnsOf(none)).toEqual([[], [], []]);
  expect(await storedBytes(none)).toBe(0);
  expect((await readDataset(fixture.store, none)).columns.map(({ name }) => name)).toEqual([
    "text",
    "label",
  ]);
});

it("a column that the file does not have fails the job", async () => {
  const jobId = await postIngest(fixture, CSV, { format: { type: "csv" }, columns: ["dates"] });
  const { state, error } = await ended(fixture.store, jobId);
  expect([state, error?.code]).toEqual(["failed", "column-not-found"]);
  expect(error?.detail).toContain('no column "dates" to keep');
});

it("a file of text and label alone stores nothing more", async () => {
  const datasetId = await ingest("text,label\none,a\ntwo,b\n", { format: { type: "csv" } });
  expect(await storedBytes(datasetId)).toBe(0);
});

it("derived datasets carry the columns on", async () => {
  const lines = Array.from({ length: 60 }, (_, i) => `t${i},${i % 2 ? "a" : "b"},c${i}\n`);
  const parent = await ingest(`text,label,c\n${lines.join("")}`, { format: { type: "csv" } });
  for (const change of [
    { sampling: { perClass: 10, seed: 1 } },
    { noise: { type: "symmetric", rate: 0.4 } },
  ]) {
    const derived = await derive(parent, change);
    const { format, columns } = await readDataset(fixture.store, derived);
    expect(format).toBe("csv");
    expect(columns.map(({ name }) => name)).toEqual(["text", "label", "c"]);
    for (const sample of await samplesOf(derived)) {
      expect(sample.columns).toEqual([{ name: "c", value: sample.text.replace("t", "c") }]);
    }
  }
});
