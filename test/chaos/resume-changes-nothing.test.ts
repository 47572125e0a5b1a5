import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { OFTEN, openTrainingGround, type TrainingGround } from "./training-ground.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const POINTS = scaled({ full: 10, short: 1 });

let ground: TrainingGround;

beforeAll(async () => {
  ground = await openTrainingGround();
});

afterAll(async () => {
  await ground.close();
});

it("resume changes nothing: interrupted anywhere or not at all, the probabilities are equal bit for bit", async (context) => {
  const chaos = chaosOf(context);
  let jobId = await ground.post();
  let [points, jobs, probabilities, resumed] = [0, 1, 0, 0];
  while (points < POINTS) {
    const worker = await ground.bench.startWorker(OFTEN);
    if (!(await ground.held(jobId))) {
      probabilities += await ground.expectUndisturbed(jobId);
      resumed += (await ground.resumedAt(jobId)).length;
      jobId = await ground.post();
      jobs += 1;
      await ground.held(jobId);
    }
    await ground.moment(chaos, jobId);
    // In turn: asked to end, which saves a last state, and not asked.
    if (points % 2 === 0) expect(await worker.stop()).toBe(0);
    else await worker.kill();
    points += 1;
    chaos.tell({ points, jobs });
  }
  const last = await ground.bench.startWorker(OFTEN);
  probabilities += await ground.expectUndisturbed(jobId);
  resumed += (await ground.resumedAt(jobId)).length;
  chaos.tell({ resumed, "rows compared": probabilities, "bits different": 0 });
  expect(resumed).toBeGreaterThan(0);
  await last.stop();
});
