import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Job } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, jobOf, makeCsv, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { openTrainingFixture, type TrainingFixture } from "./training-fixture.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

/** What a child does that is given this seed (`poison.cjs`), and what the job then says. */
const POISONS = [
  { seed: 9001, says: /ended by SIGSEGV/, code: "task-crashed", attempts: 3 },
  // The same work takes the same memory.
  { seed: 9002, says: /aborted: often its heap was full/, code: "out-of-memory", attempts: 2 },
  { seed: 9003, says: /exit code 1/, code: "task-crashed", attempts: 3 },
  { seed: 9004, says: /reported nothing for 10 s/, code: "task-crashed", attempts: 3 },
].slice(0, scaled({ full: 4, short: 2 }));
const KILLS_ITS_WORKER = 9005;

const MAX_STARTED_ATTEMPTS = 12;
/** Starts that the short set takes as done. */
const DONE_BEFORE = scaled({ full: 0, short: 11 });

const WITH_POISON = {
  NODE_OPTIONS: `--max-old-space-size=256 --require ${fileURLToPath(new URL("poison.cjs", import.meta.url))}`,
  TRAINER_SILENCE_MS: "10000",
};

let fixture: TrainingFixture;

beforeAll(async () => {
  fixture = await openTrainingFixture();
});

afterAll(async () => {
  await fixture.close();
});

const reasonsIn = (job: Job): number => job.error?.detail.match(/attempt \d+/g)?.length ?? 0;

/** Queues a training of which only fold 0 is there, and poisonous. */
function postPoison(seed: number, startedBefore = 0): Promise<string> {
  return postTraining(fixture.store, fixture.datasetId, { seed, folds: 2 }, (tx, jobId) =>
    tx.query(
      `UPDATE tasks SET attempt = CASE fold WHEN 0 THEN $2::int ELSE attempt END,
         history = coalesce((SELECT jsonb_agg(jsonb_build_object('attempt', n, 'at', now(),
           'code', 'task-crashed', 'detail', 'taken as done')) FROM generate_series(1, $2) n), '[]'),
         state = CASE fold WHEN 0 THEN state ELSE 'cancelled' END
       WHERE job_id = $1`,
      [jobId, startedBefore],
    ),
  );
}

it("a poison task ends: segfault, exit, full heap, hang; failed after its attempts, the others unharmed", async (context) => {
  const chaos = chaosOf(context);
  let [attempts, rows] = [0, 0];
  for (const [i, { seed, says, code, attempts: most }] of POISONS.entries()) {
    // One worker each: after three such deaths it would take no folds for a minute.
    const worker = await fixture.startWorker(WITH_POISON);
    const healthy = await fixture.post();
    const poisoned = await postPoison(seed);
    const job = await ended(fixture.store, poisoned, 400_000);
    expect(job).toMatchObject({ state: "failed", error: { code } });
    expect(job.error?.detail).toMatch(says);
    // The last attempt's words, then those before it.
    expect(reasonsIn(job)).toBe(most - 1);
    attempts += job.attempt;
    expect(job.attempt).toBe(most);
    rows += await fixture.expectUndisturbed(healthy);
    await succeeded(fixture.store, await postIngest(fixture, makeCsv(60)));
    expect(await worker.stop()).toBe(0);
    chaos.tell({ poisons: i + 1, attempts, "others succeeded": 2 * (i + 1), rows });
  }
});

it("a task that kills every process that takes it is failed at its thirteenth claim, with every reason", async (context) => {
  const chaos = chaosOf(context);
  const jobId = await postPoison(KILLS_ITS_WORKER, DONE_BEFORE);
  const orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  let killed = 0;
  for (;;) {
    const worker = await fixture.startWorker({ ...WITH_POISON, WORKER_ROLES: "trainer" });
    const gone = once(worker.child, "exit").then(() => true);
    const failed = ended(fixture.store, jobId, 100_000).then(() => false);
    failed.catch(() => {});
    if (!(await Promise.race([gone, failed]))) {
      await fixture.expectUndisturbed(await fixture.post());
      await worker.stop();
      break;
    }
    killed += 1;
    chaos.tell({ "workers killed": killed });
  }
  const job = await jobOf(fixture.store, jobId);
  chaos.tell({ reasons: reasonsIn(job) });
  expect(job).toMatchObject({ state: "failed", error: { code: "task-crashed" } });
  expect(killed).toBe(MAX_STARTED_ATTEMPTS - DONE_BEFORE);
  expect(reasonsIn(job)).toBe(MAX_STARTED_ATTEMPTS);
  await orchestrator.stop();
});
