import { fileURLToPath } from "node:url";
import type { Job } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, jobOf, makeCsv, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { openTrainingGround, type TrainingGround } from "./training-ground.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

/** What a child does that is given this seed (`poison.cjs`), and what the job then says. */
const POISONS = [
  { name: "segfault", seed: 9001, says: /ended by SIGSEGV/ },
  { name: "exit 1", seed: 9003, says: /exit code 1/ },
  { name: "out of memory", seed: 9002, says: /aborted: often its heap was full/ },
  { name: "hang", seed: 9004, says: /said nothing for 10 s/ },
].slice(0, scaled({ full: 4, short: 2 }));
const KILLS_ITS_WORKER = 9005;

const ATTEMPTS = 3;
const MAX_STARTED_ATTEMPTS = 12;
/** Starts that the short set takes as done. */
const DONE_BEFORE = scaled({ full: 0, short: 10 });

const WITH_POISON = {
  NODE_OPTIONS: `--max-old-space-size=256 --require ${fileURLToPath(new URL("poison.cjs", import.meta.url))}`,
  TRAINER_SILENCE_MS: "10000",
};

let ground: TrainingGround;

beforeAll(async () => {
  ground = await openTrainingGround();
});

afterAll(async () => {
  await ground.close();
});

const reasonsIn = (job: Job): number => job.error?.detail.match(/attempt \d+/g)?.length ?? 0;

it("a poison task ends: segfault, exit, full heap, hang; failed after its attempts, the others unharmed", async (context) => {
  const chaos = chaosOf(context);
  const { bench, datasetId } = ground;
  const worker = await bench.startWorker(WITH_POISON);
  const before = await ground.post();
  const poisoned = await Promise.all(
    POISONS.map(({ seed }) => postTraining(bench.store, datasetId, { seed, folds: 2 })),
  );
  const after = await ground.post();
  const ingest = await postIngest(bench, makeCsv(60));
  let attempts = 0;
  for (const [i, jobId] of poisoned.entries()) {
    const job = await ended(bench.store, jobId, 400_000);
    expect(job).toMatchObject({ state: "failed", error: { code: "task-crashed" } });
    expect(job.error?.detail).toMatch(POISONS[i]?.says as RegExp);
    // The last attempt's words, then those before it.
    expect(reasonsIn(job)).toBe(ATTEMPTS - 1);
    attempts += job.attempt;
    expect(job.attempt).toBeLessThanOrEqual(ATTEMPTS);
    chaos.tell({ poisons: i + 1, attempts });
  }
  const rows = (await ground.expectUndisturbed(before)) + (await ground.expectUndisturbed(after));
  await succeeded(bench.store, ingest);
  expect(worker.child.exitCode).toBeNull();
  chaos.tell({ "others succeeded": 3, rows });
  expect(await worker.stop()).toBe(0);
});

it("a task that kills whoever takes it is failed at its thirteenth claim, with every reason", async (context) => {
  const chaos = chaosOf(context);
  const { bench, datasetId } = ground;
  const jobId = await postTraining(bench.store, datasetId, { seed: KILLS_ITS_WORKER, folds: 2 });
  await bench.store.pool.query("UPDATE tasks SET attempt = $2 WHERE job_id = $1 AND fold = 0", [
    jobId,
    DONE_BEFORE,
  ]);
  // Only fold 0 is poisonous.
  await bench.store.pool.query(
    "UPDATE tasks SET state = 'cancelled' WHERE job_id = $1 AND fold = 1",
    [jobId],
  );
  const orchestrator = await bench.startWorker({ WORKER_ROLES: "orchestrator" });
  let workers = 0;
  while ((await jobOf(bench.store, jobId)).state !== "failed") {
    const worker = await bench.startWorker({ ...WITH_POISON, WORKER_ROLES: "trainer" });
    workers += 1;
    const gone = new Promise((resolve) => worker.child.once("exit", resolve));
    const failed = ended(bench.store, jobId, 100_000).catch(() => {});
    await Promise.race([gone, failed]);
    if (worker.child.exitCode === null && worker.child.signalCode === null) await worker.stop();
    chaos.tell({ "workers killed": workers });
  }
  const job = await jobOf(bench.store, jobId);
  chaos.tell({ "workers killed": workers - 1, reasons: reasonsIn(job) });
  expect(job.error).toMatchObject({ code: "task-crashed" });
  expect(workers - 1).toBe(MAX_STARTED_ATTEMPTS - DONE_BEFORE);
  expect(reasonsIn(job)).toBe(MAX_STARTED_ATTEMPTS - DONE_BEFORE);
  await orchestrator.stop();
  const healthy = await bench.startWorker();
  await ground.expectUndisturbed(await ground.post());
  await healthy.stop();
});
