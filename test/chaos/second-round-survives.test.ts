import type { JobState } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
} from "../support/jobs.js";
import { probabilitiesOf } from "../support/probabilities.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 20, short: 2 });
const ROWS = scaled({ full: 6_000, short: 1_500 });
const PATIENT_MS = 300_000;
const RUN = {
  model: { kind: "linear" },
  training: {},
  backend: "auto",
  folds: 2,
  secondRound: true,
};

let fixture: WorkerFixture;
let datasetId: string;
let undisturbed: Map<string, unknown>;
/** How long a second round takes. */
let roundMs: number;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const { store } = fixture;
  const ingest = await succeeded(store, await postIngest(fixture, makeCsv(ROWS)), PATIENT_MS);
  datasetId = ingest.datasetId as string;
  const job = await succeeded(store, await postTraining(store, datasetId, RUN), PATIENT_MS);
  undisturbed = await answerOf(job.crossValidationId as string);
  const { rows } = await poolOf(store).query<{ ms: number }>(
    `SELECT 1000 * extract(epoch FROM finished_at - started_at)::float8 AS ms
     FROM tasks WHERE job_id = $1 AND fold IS NULL`,
    [job.id],
  );
  roundMs = rows[0]!.ms;
  await worker.stop();
});

afterAll(() => fixture.close());

/** The run's probabilities and those of its members, by name. */
async function answerOf(id: string): Promise<Map<string, unknown>> {
  const { store } = fixture;
  const { rows } = await poolOf(store).query<{ id: string; member: string }>(
    "SELECT id, member FROM cross_validations WHERE parent_id = $1 ORDER BY member",
    [id],
  );
  const answer = new Map<string, unknown>([["pool", await probabilitiesOf(store, id)]]);
  for (const run of rows) answer.set(run.member, await probabilitiesOf(store, run.id));
  return answer;
}

const secondOf = async (jobId: string) =>
  (await jobOf(fixture.store, jobId)).tasks.find(({ fold }) => fold === null);

it("the second round survives kills of worker and orchestrator: the same bits, and no fold trained again", async (context) => {
  const chaos = chaosOf(context);
  let [kills, jobs, inRound] = [0, 0, 0];
  // A round that took longer when it was measured may be over before its kills: another job then.
  while (kills < KILLS || (inRound === 0 && kills < 10 * KILLS)) {
    let worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
    const jobId = await postTraining(fixture.store, datasetId, RUN);
    jobs += 1;
    // The process of both roles dies twice: about when the last fold ends, and in the round.
    for (let kill = 0; kill < 2; kill++) {
      await eventually("the second round", async () => (await secondOf(jobId)) ?? null, PATIENT_MS);
      await chaos.moment(0, roundMs);
      const { state }: { state: JobState } = await jobOf(fixture.store, jobId);
      if (state === "running") inRound += 1;
      await worker.kill();
      kills += 1;
      worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
    }
    const job = await succeeded(fixture.store, jobId, PATIENT_MS);
    const folds = job.tasks.filter(({ fold }) => fold !== null);
    expect(folds.map(({ attempt }) => attempt)).toEqual(folds.map(() => 1));
    const answer = await answerOf(job.crossValidationId as string);
    expect([...answer.keys()]).toEqual(["pool", "linear", "quick", "second"]);
    expect(answer).toEqual(undisturbed);
    await worker.stop();
    chaos.tell({ kills, jobs, "killed in the round": inRound });
  }
  expect(inRound).toBeGreaterThan(0);
});
