import { openStore, type Store, writeFold } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeCsv, postIngest, succeeded } from "../support/jobs.js";
import { type Pooler, startPooler } from "../support/pgbouncer.js";
import {
  FOLD_METRICS,
  mustClaim,
  predictionsFor,
  queueTraining,
  seedDataset,
} from "../support/seed-data.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";

vi.setConfig({ testTimeout: 120_000 });

const ROWS = 30;
const FOLDS = 3;

let fixture: WorkerFixture;
const poolers: Pooler[] = [];
const stores: Store[] = [];

beforeAll(async () => {
  fixture = await openWorkerFixture();
});

afterAll(async () => {
  await fixture.stopAll();
  for (const store of stores) await store.close();
  for (const pooler of poolers) await pooler.close();
  await fixture.close();
});

async function pooledUrl(poolSize: number): Promise<string> {
  const pooler = await startPooler([fixture.databaseUrl], {
    poolSize,
    settings: { query_wait_timeout: "20" },
  });
  poolers.push(pooler);
  return pooler.through(fixture.databaseUrl);
}

it("folds that end at once are written through a pooler with one connection", async () => {
  const { databaseUrl } = fixture;
  const store = openStore({
    databaseUrl: await pooledUrl(1),
    directDatabaseUrl: databaseUrl,
    applicationName: "test",
  });
  stores.push(store);
  const datasetId = await seedDataset(fixture.store, ROWS);
  const { jobId } = await queueTraining(fixture.store, datasetId, { folds: FOLDS });
  const folds = Array.from({ length: FOLDS }, (_, fold) => fold);
  const claims = await Promise.all(folds.map((fold) => mustClaim(store, jobId, fold)));
  await Promise.all(
    claims.map((claim, fold) =>
      writeFold(store, claim, predictionsFor(fold, FOLDS, ROWS, 3), FOLD_METRICS),
    ),
  );
  await succeeded(fixture.store, jobId);
});

it("a worker of one task makes no connection beside the pooler's", async () => {
  const nowhere = new URL(fixture.databaseUrl);
  nowhere.port = "1";
  const jobId = await postIngest(fixture, makeCsv(ROWS));
  await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  const worker = await fixture.startWorkerOnce({
    WORKER_ROLES: "cpu",
    DATABASE_URL: await pooledUrl(6),
    DIRECT_DATABASE_URL: nowhere.href,
  });
  expect(await worker.ended()).toBe(0);
  await succeeded(fixture.store, jobId);
});
