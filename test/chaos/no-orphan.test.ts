import { requestCancel } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, makeCsv, postIngest, postTraining, succeeded } from "../support/jobs.js";
import {
  childrenOf,
  isAlive,
  openWorkerFixture,
  type WorkerFixture,
} from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 600_000 });

const KILLS = scaled({ full: 20, short: 3 });
const LIMIT_MS = 1_000;
/** A task that kills every process that takes it is failed at its thirteenth claim. */
const KILLS_PER_JOB = 10;
/** Never ends by itself within the test. */
const ENDLESS = { training: { epochs: 100, batchSize: 1 }, folds: 2 };

let fixture: WorkerFixture;
let datasetId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const job = await succeeded(fixture.store, await postIngest(fixture, makeCsv(120)));
  datasetId = job.datasetId as string;
  await worker.stop();
});

afterAll(async () => {
  await fixture.close();
});

it("no orphan: a killed supervisor's children are gone within a second", async (context) => {
  const chaos = chaosOf(context);
  const orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  let jobId = "";
  let children = 0;
  let orphans = 0;
  let slowestMs = 0;
  for (let kills = 1; kills <= KILLS; kills++) {
    if (kills % KILLS_PER_JOB === 1) {
      if (jobId !== "") await requestCancel(fixture.store, jobId);
      jobId = await postTraining(fixture.store, datasetId, ENDLESS);
    }
    const worker = await fixture.startWorker({ WORKER_ROLES: "trainer" });
    const running = await eventually("a child", async () => {
      const found = childrenOf(worker);
      return found.length > 0 && found;
    });
    // From the first moments of their processes to the middle of training.
    await chaos.moment(0, 2_500);
    const victims = new Set([...running, ...childrenOf(worker)].filter(isAlive));
    const killedAt = performance.now();
    await worker.kill();
    await eventually("the children's end", async () => ![...victims].some(isAlive), 20_000);
    const tookMs = performance.now() - killedAt;
    children += victims.size;
    if (tookMs > LIMIT_MS) orphans += 1;
    slowestMs = Math.max(slowestMs, tookMs);
    chaos.tell({ kills, children, orphans, "slowest ms": Math.round(slowestMs) });
  }
  expect(children).toBeGreaterThanOrEqual(KILLS);
  expect(orphans).toBe(0);
  await orchestrator.stop();
});
