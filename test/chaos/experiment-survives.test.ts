import { createClient } from "@winnow/client";
import type { Experiment } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, jobOf, makeCsv, postIngest, succeeded } from "../support/jobs.js";
import type { NodeProcess } from "../support/node-process.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 30, short: 3 });
const SEEDS = scaled({ full: [1, 2, 3, 4], short: [1, 2] });
const PATIENT_MS = 600_000;

let fixture: WorkerFixture;
let api: NodeProcess & { readonly url: string };
let datasetId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(
    fixture.store,
    await postIngest(fixture, makeCsv(600)),
    PATIENT_MS,
  );
  datasetId = ingest.datasetId as string;
  await worker.stop();
  api = await fixture.startApi();
});
afterAll(() => fixture.close());

const post = () =>
  createClient(api.url).call("createExperiment", {
    body: {
      datasetId,
      model: { kind: "quick" },
      folds: 3,
      noises: [{ type: "symmetric" }, { type: "pair" }],
      rates: [0.1, 0.3],
      seeds: [...SEEDS],
    },
  });

const read = (id: string): Promise<Experiment> =>
  createClient(api.url).call("getExperiment", { params: { id } });

it("an experiment survives kills of worker, orchestrator and API: no run twice to the end, the same figures", async (context) => {
  const chaos = chaosOf(context);
  const roles = ["cpu", "orchestrator"] as const;
  const start = (role: string) => fixture.startWorker({ WORKER_ROLES: role });
  const workers = new Map(
    await Promise.all(roles.map(async (role) => [role, await start(role)] as const)),
  );
  const startedAt = performance.now();
  const undisturbed = await post();
  await succeeded(fixture.store, undisturbed.id, PATIENT_MS);
  const lifeMs = performance.now() - startedAt;
  const figures = (await read(undisturbed.id)).cells.map((cell) => cell.figures);

  let [kills, experiments] = [0, 0];
  while (kills < KILLS) {
    const { id } = await post();
    experiments += 1;
    for (let here = 0; here < 3 && kills < KILLS; here++) {
      await chaos.moment(0, lifeMs / 3);
      const victim = chaos.pick([...roles, "api"] as const);
      if (victim === "api") {
        await api.kill();
        api = await fixture.startApi();
      } else {
        await workers.get(victim)!.kill();
        workers.set(victim, await start(victim));
      }
      kills += 1;
    }
    await succeeded(fixture.store, id, PATIENT_MS);
    const experiment = await read(id);
    expect(experiment.cells.map((cell) => cell.figures)).toEqual(figures);
    const { rows } = await poolOf(fixture.store).query<{ kind: string; n: number; ended: number }>(
      `SELECT kind, count(*)::int AS n, count(*) FILTER (WHERE state = 'succeeded')::int AS ended
       FROM jobs WHERE parent_id = $1 GROUP BY kind ORDER BY kind`,
      [id],
    );
    const runs = 4 * SEEDS.length;
    expect(rows).toEqual(
      ["dataset-ingest", "fold-training", "pruning"].map((kind) => ({
        kind,
        n: runs,
        ended: runs,
      })),
    );
    const ends = await poolOf(fixture.store).query(
      `SELECT job_id FROM job_events WHERE type = 'state' AND data->>'state' = 'succeeded'
         AND job_id IN (SELECT id FROM jobs WHERE parent_id = $1)
       GROUP BY job_id HAVING count(*) > 1`,
      [id],
    );
    expect(ends.rows).toEqual([]);
    await eventually("the noisy datasets to be deleted", async () =>
      (await read(id)).cells.every((cell) => cell.datasetId === null),
    );
    expect((await jobOf(fixture.store, id)).progress).toMatchObject({ done: 3 * runs });
    chaos.tell({ kills, experiments, runs: runs * experiments });
  }
});
