import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { AppError } from "@winnow/contracts";
import { formatWritten, writeCorpus } from "@winnow/corpus";
import { listRejects, listSamples, readDataset } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";
import { xlsxFile } from "../../support/xlsx.js";

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
});

afterAll(async () => {
  await fixture.close();
});

const BAD_FILES: [what: string, code: string, content: string | Uint8Array, overrides?: object][] =
  [
    ["an empty file", "empty-file", ""],
    ["a binary file", "binary-file", Uint8Array.from({ length: 4096 }, (_, i) => i % 7)],
    [
      "a label column that is not there",
      "column-not-found",
      makeCsv(20),
      { format: { type: "csv", labelColumn: "category" } },
    ],
    [
      "one class only",
      "single-class",
      "text,label\na b,x\nc d,x\ne f,x\n",
      { format: { type: "csv" } },
    ],
    ["no usable row", "no-rows-kept", "text,label\n,x\n,y\n", { format: { type: "csv" } }],
    [
      "an Arrow file",
      "unsupported-file",
      Buffer.concat([Buffer.from("ARROW1"), Buffer.alloc(600)]),
      { format: { type: "csv" } },
    ],
    [
      "a zip of two files",
      "corpus-invalid",
      zipSync({ "a.csv": strToU8("x"), "b.csv": strToU8("x") }),
      { format: { type: "csv" } },
    ],
    ["a broken gzip", "bad-gzip", gzipSync(makeCsv(2000)).subarray(0, 900)],
  ];

it.each(BAD_FILES)(
  "%s fails the job with %s and leaves nothing but its rejects",
  async (_, code, content, over) => {
    const job = await ended(fixture.store, await postIngest(fixture, content, { ...over }));
    expect(job).toMatchObject({ state: "failed", error: { code, retryable: false }, attempt: 1 });
    expect(job.error?.detail.length).toBeGreaterThan(10);
    const datasetId = job.datasetId as string;
    const dataset = await readDataset(fixture.store, datasetId);
    expect(dataset).toMatchObject({ state: "failed", rows: null, classes: null });
    const { rows } = await poolOf(fixture.store).query(
      `SELECT to_regclass('partitions.samples_' || key) AS samples,
       (SELECT count(*)::int FROM rejects WHERE dataset_id = $1) AS rejects,
       (SELECT count(*)::int FROM classes WHERE dataset_id = $1) AS classes
     FROM datasets WHERE id = $1`,
      [datasetId],
    );
    const rejects = code === "no-rows-kept" ? 2 : 0;
    expect(rows).toEqual([{ samples: null, rejects, classes: 0 }]);
  },
);

it("bad lines are kept as rejects with their line numbers", async () => {
  const content = "text,label\ngood one,a\n,b\nno label,\ngood two,b\n";
  const job = await succeeded(
    fixture.store,
    await postIngest(fixture, content, { format: { type: "csv" } }),
  );
  const rejects = await listRejects(fixture.store, job.datasetId as string, { limit: 10 });
  expect(rejects.data.map(({ line, reason }) => [line, reason])).toEqual([
    [3, "empty-text"],
    [4, "empty-label"],
  ]);
  expect(job.result).toMatchObject({ rows: 2, rejected: 2, classes: 2 });
});

it("numbers are indexes of labelNames, and the result contains the warnings", async () => {
  const rows = [0, 1, 2, 3, 4, "1"].map((label, i) => ({ text: `text ${i}`, label }));
  const content = rows.map((row) => JSON.stringify(row)).join("\n");
  const format = { type: "jsonl", labelNames: ["1", "2", "3", "4", "5"] };
  const job = await succeeded(fixture.store, await postIngest(fixture, content, { format }));
  const samples = await listSamples(fixture.store, job.datasetId as string, { limit: 10 });
  expect(samples.data.map(({ label }) => label)).toEqual(["1", "2", "3", "4", "5", "1"]);
  expect(job.result?.warnings).toContainEqual({
    code: "ambiguous-label-names",
    message: expect.stringContaining('"1" are a name of labelNames'),
  });
});

it("a gzipped upload is read, and its checksum is that of the stored bytes", async () => {
  const bytes = gzipSync(makeCsv(300));
  const job = await succeeded(fixture.store, await postIngest(fixture, bytes));
  const dataset = await readDataset(fixture.store, job.datasetId as string);
  const upload = await poolOf(fixture.store).query<{ sha256: string }>(
    "SELECT sha256 FROM uploads WHERE bytes = $1",
    [bytes.length],
  );
  expect(dataset).toMatchObject({ rows: 300, sha256: upload.rows[0]?.sha256 });
});

it("a zip of one file is read by position, and its checksum is that of the stored bytes", async () => {
  const bytes = zipSync({ "data/x.csv": strToU8(makeCsv(5_000)), "__MACOSX/._x": strToU8("x") });
  const job = await succeeded(fixture.store, await postIngest(fixture, bytes));
  expect(await readDataset(fixture.store, job.datasetId as string)).toMatchObject({
    rows: 5_000,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
});

it("an xlsx sheet is read by position, with a warning about the others", async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => [`text ${i}`, `class ${i % 3}`, i]);
  const bytes = xlsxFile([
    { name: "Train", rows: [["text", "label", "n"], ...rows] },
    { name: "Test", rows: [["text", "label"]] },
  ]);
  const job = await succeeded(
    fixture.store,
    await postIngest(fixture, bytes, { format: { type: "xlsx" } }),
  );
  expect(await readDataset(fixture.store, job.datasetId as string)).toMatchObject({
    rows: 3_000,
    classes: 3,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  expect(job.result?.warnings).toContainEqual({
    code: "other-sheets",
    message: expect.stringContaining('"Test"'),
  });
  const { data } = await listSamples(fixture.store, job.datasetId as string, { limit: 1 });
  expect(data[0]).toMatchObject({ line: 2, text: "text 0", label: "class 0" });
});

it("a JSON document is read, and a broken one fails with its line", async () => {
  const list = Array.from({ length: 300 }, (_, i) => ({ text: `text ${i}`, label: `l${i % 3}` }));
  const text = JSON.stringify({ meta: {}, data: list }, null, 1);
  const format = { type: "json" };
  const job = await succeeded(fixture.store, await postIngest(fixture, text, { format }));
  expect(await readDataset(fixture.store, job.datasetId as string)).toMatchObject({ rows: 300 });
  const cut = await ended(fixture.store, await postIngest(fixture, text.slice(0, -9), { format }));
  expect(cut).toMatchObject({ state: "failed", error: { code: "corpus-invalid" } });
  expect(cut.error?.detail).toMatch(/cut off: it ends at line \d+, column \d+/);
});

it("the policy all keeps every label of a row, in derived datasets too", async () => {
  const lines = Array.from({ length: 30 }, (_, i) => `text ${i},a${i % 2 ? "|b" : ""}|c`);
  const job = await succeeded(
    fixture.store,
    await postIngest(fixture, `text,label\n${lines.join("\n")}\ntext,b\n`, {
      format: { type: "csv", labelSeparator: "|" },
      labels: { policy: "all" },
    }),
  );
  const labelsOf = async (datasetId: string) =>
    (await listSamples(fixture.store, datasetId, { limit: 2 })).data.map((row) => row.allLabels);
  const wanted = [
    ["a", "c"],
    ["a", "b", "c"],
  ];
  expect(await labelsOf(job.datasetId as string)).toEqual(wanted);
  const source = { type: "dataset", datasetId: job.datasetId };
  const derived = await succeeded(
    fixture.store,
    await postIngest(fixture, "", { source, format: undefined }),
  );
  expect(await labelsOf(derived.datasetId as string)).toEqual(wanted);
});

it.each([
  ["as it is", (bytes: Buffer) => bytes],
  ["gzipped", (bytes: Buffer) => gzipSync(bytes)],
])("a parquet file is read %s, from its end, and its checksum is kept", async (_, pack) => {
  const rows = Array.from({ length: 50_000 }, (_, i) => ({
    id: `row-${i}`,
    text: `text ${i}`,
    label: `class-${i % 3}`,
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCorpus(rows, { format: "parquet" })) chunks.push(chunk);
  const file = pack(Buffer.concat(chunks));
  const format = formatWritten({ format: "parquet" });
  const job = await succeeded(fixture.store, await postIngest(fixture, file, { format }));
  const datasetId = job.datasetId as string;
  expect(await readDataset(fixture.store, datasetId)).toMatchObject({
    rows: 50_000,
    classes: 3,
    sha256: createHash("sha256").update(file).digest("hex"),
  });
  const { data } = await listSamples(fixture.store, datasetId, { limit: 2 });
  expect(data.map(({ externalId, text, label }) => [externalId, text, label])).toEqual([
    ["row-0", "text 0", "class-0"],
    ["row-1", "text 1", "class-1"],
  ]);
});

it("class names that are properties of every JavaScript object work like any other", async () => {
  const names = ["__proto__", "constructor", "toString"];
  const lines = Array.from({ length: 30 }, (_, i) => `text ${i},${names[i % 3]}`);
  const job = await succeeded(
    fixture.store,
    await postIngest(fixture, `text,label\n${lines.join("\n")}\n`, { format: { type: "csv" } }),
  );
  expect(job.result).toMatchObject({ rows: 30, classes: 3 });
});

it("a path is refused without an ingest root, and outside of it", async () => {
  const source = { type: "path", path: "/etc/passwd" };
  const job = await ended(fixture.store, await postIngest(fixture, "", { source }));
  expect(job.error?.code).toBe("source-not-allowed" satisfies AppError["code"]);
});
