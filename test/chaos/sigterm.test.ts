import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listEvents, requestCancel } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ended,
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
} from "../support/jobs.js";
import { seedCrossValidation } from "../support/seed-data.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { Balancer } from "./balancer.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 600_000 });

const RESTARTS = scaled({ full: 10, short: 2 });
const STOPS = scaled({ full: 10, short: 1 });
const CLIENTS = 8;
const EXIT_WITHIN_MS = 30_000;

let fixture: WorkerFixture;

// Each test its own: the thousands of jobs that the first accepts would keep the second's workers busy.
beforeEach(async () => {
  fixture = await openWorkerFixture();
});

afterEach(async () => {
  await fixture.close();
});

it("SIGTERM loses nothing: an API under load in a rolling restart fails no request", async (context) => {
  const chaos = chaosOf(context);
  const { crossValidationId, jobId } = await seedCrossValidation(fixture.store);
  const balancer = new Balancer();
  const start = async () => {
    const api = await fixture.startApi({ DRAIN_MS: "3000" });
    await balancer.add(api.url);
    return api;
  };
  const running = [await start(), await start()];
  const failed: string[] = [];
  const accepted = new Set<string>();
  let requests = 0;
  let turnedAway = 0;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const isPost = chaos.below(5) === 0;
      requests += 1;
      try {
        const { status, body } = isPost
          ? await balancer.send("POST", "/v1/jobs/pruning", { crossValidationId })
          : await balancer.send("GET", `/v1/jobs/${jobId}`);
        if (status === 503 && body.includes('"overloaded"')) {
          // The machine's doing, and not the restart's: asked again, as the answer says.
          turnedAway += 1;
          await sleep(1_000);
        } else if (status !== (isPost ? 202 : 200)) failed.push(`${status} ${body}`);
        else if (isPost) accepted.add((JSON.parse(body) as { id: string }).id);
      } catch (error) {
        failed.push(String(error));
      }
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const exits: (number | null)[] = [];
  for (let restarts = 1; restarts <= RESTARTS; restarts++) {
    running.push(await start());
    await chaos.moment(0, 500);
    exits.push((await running.shift()?.stop()) ?? null);
    chaos.tell({
      restarts,
      requests,
      accepted: accepted.size,
      "turned away": turnedAway,
      failed: failed.length,
    });
  }
  isOver = true;
  await Promise.all(clients);
  balancer.close();
  expect(failed).toEqual([]);
  expect(exits.filter((code) => code !== 0)).toEqual([]);
  const { rows } = await poolOf(fixture.store).query<{ id: string }>(
    "SELECT id FROM jobs WHERE kind = 'pruning'",
  );
  expect(new Set(rows.map(({ id }) => id))).toEqual(accepted);
  await Promise.all(running.map((api) => api.stop()));
});

it("SIGTERM loses nothing: a worker exits within 30 s and leaves a checkpoint", async (context) => {
  const chaos = chaosOf(context);
  const other = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(120)));
  const jobId = await postTraining(fixture.store, ingest.datasetId as string, {
    folds: 2,
    training: { epochs: 100, batchSize: 1 },
  });
  const folder = join(fixture.storageDir, "checkpoints");
  /** Names are unique: they contain a rising number and the attempt. */
  const checkpoints = () =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
          name.endsWith(".checkpoint"),
        )
      : [];
  const isTraining = async () => {
    const { phase, tasks } = await jobOf(fixture.store, jobId);
    return phase === "training" && tasks.some(({ state, step }) => state === "running" && step > 0);
  };
  let slowestMs = 0;
  let without = 0;
  const codes: (number | null)[] = [];
  for (let stops = 1; stops <= STOPS; stops++) {
    // Its own checkpoints would come too late: the one that is looked for is made at the signal.
    const worker = await fixture.startWorker({
      WORKER_ROLES: "trainer",
      TRAINER_CONCURRENCY: "1",
      CHECKPOINT_INTERVAL_MS: "3600000",
      SHUTDOWN_GRACE_MS: "25000",
    });
    await eventually("a step of training", isTraining);
    await chaos.moment(0, 2_000);
    const before = new Set(checkpoints());
    const signalledAt = performance.now();
    codes.push(await worker.stop());
    slowestMs = Math.max(slowestMs, performance.now() - signalledAt);
    if (checkpoints().every((name) => before.has(name))) without += 1;
    const { tasks } = await jobOf(fixture.store, jobId);
    expect(tasks.map(({ state }) => state)).toEqual(["queued", "queued"]);
    chaos.tell({
      stops,
      "slowest exit ms": Math.round(slowestMs),
      "without a checkpoint": without,
    });
  }
  expect(codes).toEqual(Array.from({ length: STOPS }, () => 0));
  expect(slowestMs).toBeLessThan(EXIT_WITHIN_MS);
  expect(without).toBe(0);
  const events = await listEvents(fixture.store, jobId, undefined, 1_000);
  const resumed = events.data.filter(({ data }) => data.message === "resumed").length;
  chaos.tell({ "gone on from one": resumed });
  if (STOPS > 2) expect(resumed).toBeGreaterThan(0);
  await requestCancel(fixture.store, jobId);
  await ended(fixture.store, jobId);
  await other.stop();
});
