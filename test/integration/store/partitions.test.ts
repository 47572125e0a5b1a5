import { rejectWriter, sampleWriter } from "@winnow/copy-rows";
import {
  deleteDataset,
  listSamples,
  openExport,
  openStore,
  readDataset,
  readSampleRows,
  type Store,
  sweepPartitions,
  writeDataset,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  batchesOf,
  makeSamples,
  mustClaim,
  queueIngest,
  seedDataset,
  seedPruning,
} from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test", maxConnections: 6 });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const partitions = async () =>
  (await poolOf(store).query("SELECT 1 FROM pg_tables WHERE schemaname = 'partitions'")).rowCount ??
  0;

/** An ingest that has written its rows and stands still before its end, until `finish`. */
async function openIngest() {
  const held = await mustClaim(store, await queueIngest(store));
  let finish = () => {};
  const isFinished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let reached = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  async function* batches() {
    const source = batchesOf(makeSamples(50, 2), 2);
    let next = await source.next();
    // Rejects hold their dataset's row until the end.
    const reject = { line: 9, reason: "empty-text", detail: "empty", excerpt: "" };
    yield { samples: sampleWriter().blockOf([]), rejects: rejectWriter().blockOf([reject]) };
    for (; !next.done; next = await source.next()) yield next.value;
    reached();
    await isFinished;
    return next.value;
  }
  const written = writeDataset(store, held, batches());
  await isReached;
  return { datasetId: held.datasetId, finish, written };
}

it("while an ingest runs, others are written, read and deleted", async () => {
  const doomed = await seedDataset(store, 40, 2);
  const { datasetId, finish, written } = await openIngest();
  // Each of these would wait forever for the open ingest if it locked the whole table.
  const other = await seedDataset(store, 30, 3);
  expect((await listSamples(store, other, { limit: 100 })).data.length).toBe(30);
  await deleteDataset(store, doomed);
  expect((await listSamples(store, other, { limit: 100 })).data.length).toBe(30);
  expect(await sweepPartitions(store)).toBe(0);
  finish();
  await written;
  expect(await readDataset(store, datasetId)).toMatchObject({ state: "ready", rows: 50 });
  expect((await listSamples(store, datasetId, { limit: 100 })).data.length).toBe(50);
  expect(await sweepPartitions(store)).toBe(1);
});

it("a dataset that is being read is refused to its deletion at once", async () => {
  const { datasetId, finish, written } = await openIngest();
  const asked = performance.now();
  await expect(deleteDataset(store, datasetId)).rejects.toMatchObject({
    code: "dataset-in-use",
    message: expect.stringMatching(/^The job job_/),
  });
  // It stops waiting for readers after 5 s, which would give another error.
  expect(performance.now() - asked).toBeLessThan(5_000);
  finish();
  await written;
  await deleteDataset(store, datasetId);
  await sweepPartitions(store);
});

it("an export during which the dataset is deleted fails, and is not empty", async () => {
  const { datasetId, pruningId } = await seedPruning(store, 40, 2, 2);
  const { rows } = await poolOf(store).query("SELECT key FROM datasets WHERE id = $1", [datasetId]);
  const deleting = await poolOf(store).connect();
  await deleting.query("BEGIN");
  await deleting.query(`TRUNCATE partitions.samples_${rows[0].key}`);
  const reading = openExport(store, pruningId, { rows: "all" }).then(async (all) => {
    for await (const _ of all);
  });
  await eventually("the export to wait", async () => {
    const waiting = await poolOf(store).query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND wait_event_type = 'Lock' AND query LIKE 'SELECT s.ordinal%'`,
    );
    return (waiting.rowCount ?? 0) > 0;
  });
  await deleting.query("DELETE FROM datasets WHERE id = $1", [datasetId]);
  await deleting.query("COMMIT");
  deleting.release();
  await expect(reading).rejects.toThrow("deleted during the export");
  await sweepPartitions(store);
});

it("a deleted dataset's rows and runs are gone at once, their partitions with the next sweep", async () => {
  const { datasetId } = await seedPruning(store, 40, 2, 2);
  const kept = await seedDataset(store, 20, 2);
  const before = await partitions();
  const { rows } = await poolOf(store).query<{ key: number }>(
    "SELECT key FROM datasets WHERE id = $1",
    [datasetId],
  );
  await deleteDataset(store, datasetId);
  const left = await poolOf(store).query("SELECT 1 FROM samples WHERE dataset_key = $1", [
    rows[0]?.key,
  ]);
  expect(left.rowCount).toBe(0);
  await expect(listSamples(store, datasetId, { limit: 1 })).rejects.toMatchObject({
    code: "dataset-not-found",
  });
  expect(await partitions()).toBe(before);
  expect(await sweepPartitions(store)).toBe(2);
  expect(await partitions()).toBe(before - 2);
  expect(await sweepPartitions(store)).toBe(0);
  expect((await listSamples(store, kept, { limit: 100 })).data.length).toBe(20);
});

it("a dataset is not deleted while it is being read", async () => {
  const datasetId = await seedDataset(store, 5000, 2);
  const reader = await poolOf(store).connect();
  const { rows } = await reader.query<{ key: number }>("SELECT key FROM datasets WHERE id = $1", [
    datasetId,
  ]);
  await reader.query("BEGIN");
  await reader.query(`SELECT 1 FROM partitions.samples_${rows[0]?.key} LIMIT 1`);
  await expect(deleteDataset(store, datasetId)).rejects.toMatchObject({ code: "dataset-in-use" });
  await reader.query("COMMIT");
  reader.release();
  expect(await readDataset(store, datasetId)).toMatchObject({ state: "ready" });
  let read = 0;
  for await (const batch of readSampleRows(store, datasetId)) read += batch.length;
  expect(read).toBe(5000);
  await deleteDataset(store, datasetId);
});
