import { PruningParams } from "@winnow/contracts";
import {
  createPruning,
  deleteDataset,
  idempotently,
  listAudit,
  listFlags,
  listJobs,
  listSamples,
  openExport,
  openStore,
  readMatrices,
  readProbabilityBlocks,
  readPruning,
  readSampleNumbers,
  type Store,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { queueIngest, seedCrossValidation, seedPruning } from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test", maxConnections: 4 });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

it("probabilities are read in sample order, whatever order they were written in", async () => {
  const { crossValidationId } = await seedCrossValidation(store, 1000, 5, 4);
  for (const blockRows of [1, 7, 1000, 4096]) {
    let next = 0;
    for await (const block of readProbabilityBlocks(store, crossValidationId, 5, blockRows)) {
      expect(block.start).toBe(next);
      for (let r = 0; r < block.rows; r++) {
        const ordinal = block.start + r;
        expect(block.labels[r]).toBe(ordinal % 5);
        expect(block.folds[r]).toBe(ordinal % 4);
        const top = ordinal % 7 === 0 ? (ordinal + 1) % 5 : ordinal % 5;
        expect(block.probs[r * 5 + top]).toBe(Math.fround(0.7));
      }
      next += block.rows;
    }
    expect(next).toBe(1000);
  }
});

it("a reader that stops early returns its connection", async () => {
  const { crossValidationId } = await seedCrossValidation(store, 2000, 3, 2);
  for (let i = 0; i < 8; i++) {
    for await (const block of readProbabilityBlocks(store, crossValidationId, 3, 10)) {
      expect(block.rows).toBe(10);
      break;
    }
  }
  const { rows } = await poolOf(store).query<{ one: number }>("SELECT 1 AS one");
  expect(rows).toEqual([{ one: 1 }]);
});

it("labels, folds and ids are in sample order beside the probabilities", async () => {
  const { crossValidationId } = await seedCrossValidation(store, 30, 3, 3);
  const collect = async (part: "labels" | "folds" | "ids") => {
    const all: number[] = [];
    for await (const block of readSampleNumbers(store, crossValidationId, part)) all.push(...block);
    return all;
  };
  expect(await collect("labels")).toEqual(Array.from({ length: 30 }, (_, i) => i % 3));
  expect(await collect("folds")).toEqual(Array.from({ length: 30 }, (_, i) => i % 3));
  const ids = await collect("ids");
  expect(new Set(ids).size).toBe(30);
});

it("flags page worst first, and the export splits every row into exactly one part", async () => {
  const { pruningId, flagged } = await seedPruning(store, 100, 3, 3);
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFlags(store, pruningId, { limit: 4, cursor, order: "rank" });
    seen.push(...page.data.map((flag) => flag.ordinal));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(flagged);
  const ordinals = async (split: "cleaned" | "noise" | "all") => {
    const rows: number[] = [];
    for await (const row of await openExport(store, pruningId, { rows: split }))
      rows.push(row.ordinal);
    return rows;
  };
  const [cleaned, noise, all] = [
    await ordinals("cleaned"),
    await ordinals("noise"),
    await ordinals("all"),
  ];
  expect(noise).toEqual(flagged);
  expect([...cleaned, ...noise].sort((a, b) => a - b)).toEqual(all);
  expect(all).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

it("reports of earlier versions read as null where they lack something", async () => {
  const { pruningId } = await seedPruning(store, 100, 3, 3);
  const truth = { rows: 100, errors: 10, noiseRate: 0.1, precision: 0.5, recall: 0.2, f1: 0.3 };
  const one = { index: 0, name: "a", given: 1, flagged: 0 };
  const noise = { labelNoise: 0, inverseLabelNoise: 0, labelQuality: 1 };
  await poolOf(store).query(
    `UPDATE prunings SET report = report || $2, matrices = matrices - 'trueJoint' || $3
     WHERE id = $1`,
    [pruningId, { truth }, { perClass: [{ ...one, ...noise }] }],
  );
  const { report } = await readPruning(store, pruningId);
  expect(report?.truth).toEqual({ ...truth, averagePrecision: null, totalVariation: null });
  const { trueJoint, perClass } = await readMatrices(store, pruningId);
  expect(trueJoint).toBeNull();
  const unknown = { trueLabelNoise: null, trueInverseLabelNoise: null };
  expect(perClass).toEqual([{ ...one, ...noise, ...unknown }]);
});

it("a connection whose client has vanished ends within a minute", async () => {
  const { rows } = await poolOf(store).query(
    `SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp_keep%' ORDER BY name`,
  );
  expect(rows.map(({ name, setting }) => [name, Number(setting)])).toEqual([
    ["tcp_keepalives_count", 4],
    ["tcp_keepalives_idle", 10],
    ["tcp_keepalives_interval", 5],
  ]);
});

it("a dataset with an unfinished job is not deleted", async () => {
  const jobId = await queueIngest(store);
  const page = await listJobs(store, { limit: 1 });
  const datasetId = page.data.find((job) => job.id === jobId)?.datasetId as string;
  await expect(deleteDataset(store, datasetId)).rejects.toMatchObject({ code: "dataset-in-use" });
});

it("a pruning requested while the deletion waits keeps the dataset complete", async () => {
  const { crossValidationId, datasetId } = await seedCrossValidation(store);
  const asking = await poolOf(store).connect();
  try {
    await asking.query("BEGIN");
    const jobId = await createPruning(asking, PruningParams.parse({ crossValidationId }));
    const deletion = expect(deleteDataset(store, datasetId)).rejects.toMatchObject({
      code: "dataset-in-use",
      message: expect.stringContaining(jobId),
    });
    await eventually("the deletion to wait for the run", async () => {
      const { rows } = await poolOf(store).query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM datasets%'`,
      );
      return rows.length > 0;
    });
    await asking.query("COMMIT");
    await deletion;
  } finally {
    asking.release();
  }
  const { data } = await listSamples(store, datasetId, { limit: 1 });
  expect(data).toHaveLength(1);
});

it("an idempotency key gives the first answer again and refuses another body", async () => {
  let runs = 0;
  const ask = (body: unknown) =>
    idempotently(
      store,
      { owner: "", key: "k", route: "POST /x", body },
      async () => {
        runs++;
        return { status: 202, body: { run: runs } };
      },
      ({ status }) => ({ action: `answered ${status}`, resource: "k" }),
    );
  expect(await ask({ a: 1, b: 2 })).toEqual({ status: 202, body: { run: 1 }, replayed: false });
  expect(await ask({ b: 2, a: 1 })).toEqual({ status: 202, body: { run: 1 }, replayed: true });
  await expect(ask({ a: 2 })).rejects.toMatchObject({ code: "idempotency-key-reuse" });
  expect(runs).toBe(1);
  const { data } = await listAudit(store, { limit: 10, resource: "k" });
  expect(data.map(({ action }) => action)).toEqual(["answered 202"]);
});
