import { createRetry, listRejects, withTransaction } from "@winnow/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
});

afterAll(async () => {
  await fixture.close();
});

const CSV = { format: { type: "csv" } };

const ingested = async (content: string | Uint8Array, overrides: object = CSV) =>
  ended(fixture.store, await postIngest(fixture, content, { ...overrides }));

async function rejectsOf(datasetId: string | null, limit = 10) {
  return (await listRejects(fixture.store, String(datasetId), { limit })).data;
}

it("a failed ingest's error has its first rejects, and its dataset has more of them", async () => {
  const job = await ingested("text,label\na,b,c\n\nd\n,e\nf\ng\nh\n");
  expect(job).toMatchObject({ state: "failed", error: { code: "no-rows-kept" } });
  expect(job.error?.errors).toEqual([
    {
      pointer: "/format/delimiter",
      detail: "line 2: field-count: expected 2 fields, found 3",
      line: 2,
      reason: "field-count",
      fix: expect.stringContaining("quotes"),
    },
    expect.objectContaining({ line: 3, reason: "empty-line" }),
    expect.objectContaining({ line: 4, reason: "field-count" }),
    expect.objectContaining({ line: 5, reason: "empty-text", pointer: "/format/textColumn" }),
    expect.objectContaining({ line: 6, reason: "field-count" }),
  ]);
  const rejects = await rejectsOf(job.datasetId);
  expect(rejects.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(rejects[0]).toMatchObject({ reason: "field-count", excerpt: "a,b,c" });
});

it("rows that were lost beside one class are in the error, too", async () => {
  const job = await ingested("text,label\na,x\nb,x\nc\nd\n");
  expect(job.error).toMatchObject({
    code: "single-class",
    errors: [{ line: 4 }, { line: 5 }],
  });
  expect(await rejectsOf(job.datasetId)).toHaveLength(2);
});

it("the error says what the file looks like instead", async () => {
  const chinese = Buffer.from("b5e7d3b0bac3bfb42c310abee7c7e9ccabb2eec1cb2c300a", "hex");
  const job = await ingested(Buffer.concat([Buffer.from("text,label\n"), chinese]));
  expect(job.error?.detail).toContain("--encoding gb18030");
  expect(job.error?.errors[0]).toMatchObject({ pointer: "/format/encoding" });
});

it("a thousand rejects of a failed ingest are kept, and a retry begins without them", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `row ${i}`).join("\n");
  const job = await ingested(`text,label\n${lines}\n`);
  expect(job.error?.detail).toContain("3000 tried");
  const kept = await rejectsOf(job.datasetId, 1500);
  expect(kept).toHaveLength(1000);
  expect(kept.at(-1)).toMatchObject({ line: 1001 });
  const retry = await withTransaction(fixture.store, async (tx) => {
    const id = await createRetry(tx, job.id);
    const left = await tx.query("SELECT 1 FROM rejects WHERE dataset_id = $1", [job.datasetId]);
    expect(left.rowCount).toBe(0);
    return id;
  });
  expect(await ended(fixture.store, retry)).toMatchObject({ state: "failed" });
  expect(await rejectsOf(job.datasetId, 1500)).toHaveLength(1000);
});

it("a job's result warns of what is read otherwise than it is meant", async () => {
  const rows = Array.from({ length: 10 }, (_, i) => (i % 2 ? "broken" : `a text ${i},label ${i}`));
  const id = await postIngest(fixture, `text,label\n${rows.join("\n")}\n`, CSV);
  const { result } = await succeeded(fixture.store, id);
  expect(result?.warnings).toEqual(
    expect.arrayContaining([
      { code: "many-rejected", message: expect.stringContaining("5 of 10 rows (50 %)") },
      { code: "unique-labels", message: expect.stringContaining("labelColumn") },
    ]),
  );
});
