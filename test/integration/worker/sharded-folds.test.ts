import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPath } from "@winnow/storage";
import {
  listFolds,
  openStore,
  readCrossValidation,
  readMember,
  readProbabilityBlocks,
  type Store,
  writeDataset,
} from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { TINY_MODEL } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  batchesOf,
  makeSamples,
  mustClaim,
  queueIngest,
  queueTraining,
} from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 120_000 });

// As built: the linear part's thread is started from its own file.
const { runTask } = (await import(
  new URL("../../../apps/worker/dist/trainer-child/run-task.js", import.meta.url).href
)) as { runTask: (claim: unknown, deps: unknown) => Promise<void> };

const [ROWS, CLASSES, FOLDS] = [400, 3, 3];

let database: TestDatabase;
let store: Store;
let storageDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
  storageDir = mkdtempSync(join(tmpdir(), "winnow-sharded-"));
});

afterAll(async () => {
  await store.close();
  await database.drop();
  rmSync(storageDir, { recursive: true });
});

/** A ready dataset whose first rows are all of one class, as a sorted file's. */
async function sortedDataset(): Promise<string> {
  const held = await mustClaim(store, await queueIngest(store));
  const samples = makeSamples(ROWS, CLASSES).map((sample) => {
    const classIndex = Math.floor((sample.ordinal * CLASSES) / ROWS);
    const { ordinal } = sample;
    const text = `topic${classIndex}${ordinal % 3} word${ordinal % 7} topic${classIndex}${ordinal % 5}`;
    return { ...sample, text, classIndex };
  });
  await writeDataset(store, held, batchesOf(samples, CLASSES));
  return held.datasetId;
}

/** Runs a run's folds here, in shards of `shardRows` rows; returns its id and what the folds said. */
async function run(datasetId: string, options: object, shardRows: number) {
  const { jobId, crossValidationId } = await queueTraining(store, datasetId, {
    ...{ folds: FOLDS, secondRound: false },
    ...options,
  });
  const made: unknown[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const claim = await mustClaim(store, jobId, fold);
    await runTask(claim, {
      ...{ store, storageDir, shardRows, backend: "wasm", modelsDir: null, embeddings: null },
      checkpointPlace: { type: "folder", folder: folderPath(storageDir, "checkpoints") },
      checkpointIntervalMs: 60_000,
      send: (message: { type: string; message?: string; data?: { made: unknown } }) => {
        if (message.message === "tokens") made.push(message.data!.made);
      },
      stopping: () => false,
      onStopped: () => {},
    });
  }
  return { id: crossValidationId, made };
}

async function probabilitiesOf(id: string): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const block of readProbabilityBlocks(store, id, CLASSES)) {
    for (let i = 0; i < block.rows; i++) {
      rows.push([...block.probs.subarray(i * CLASSES, (i + 1) * CLASSES)]);
    }
  }
  return rows;
}

const shardsIn = () =>
  readdirSync(folderPath(storageDir, "tokens")).filter((name) => name.endsWith(".shard"));

const NETWORK = {
  model: { ...TINY_MODEL, kind: "albert" },
  training: { epochs: 6, batchSize: 16, learningRate: 5e-3, linearPart: true },
};

it("a network reads a large dataset shard by shard: every row has a fold's probabilities, and they are right", async () => {
  const datasetId = await sortedDataset();
  const { id, made } = await run(datasetId, NETWORK, 100);
  expect(made).toEqual([true, false, false]);
  expect(shardsIn()).toHaveLength(4);
  const found = await readCrossValidation(store, id);
  expect(found).toMatchObject({ state: "ready", rows: ROWS });
  expect(found.accuracy).toBeGreaterThan(0.95);
  const rows = await probabilitiesOf(id);
  expect(rows).toHaveLength(ROWS);
  const right = rows.filter(
    (row, i) => row.indexOf(Math.max(...row)) === Math.floor((i * CLASSES) / ROWS),
  );
  expect(right.length / ROWS).toBeCloseTo(found.accuracy!, 6);
  const folds = await listFolds(store, id);
  for (const { trainRows, testRows } of folds) expect(trainRows! + testRows!).toBe(ROWS);
  expect((await readMember(store, id, "linear")).state).toBe("ready");

  // The same again; and a shard that is gone meanwhile is made again, to the same numbers.
  const lost = shardsIn()[1]!;
  rmSync(join(folderPath(storageDir, "tokens"), lost));
  const again = await run(datasetId, NETWORK, 100);
  expect(shardsIn()).toContain(lost);
  expect(await probabilitiesOf(again.id)).toEqual(rows);
});

it.each(["ignore", "together"])(
  "a linear model reads shards too (near duplicates: %s)",
  async (near) => {
    const datasetId = await sortedDataset();
    const model = { kind: "linear" };
    const { id } = await run(datasetId, { model, nearDuplicates: near }, 100);
    const found = await readCrossValidation(store, id);
    expect(found).toMatchObject({ state: "ready", rows: ROWS });
    expect(found.accuracy).toBeGreaterThan(0.95);
  },
);
