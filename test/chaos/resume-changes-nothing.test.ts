import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { OFTEN, openTrainingFixture, type TrainingFixture } from "./training-fixture.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const POINTS = scaled({ full: 10, short: 1 });

let fixture: TrainingFixture;

beforeAll(async () => {
  fixture = await openTrainingFixture();
});

afterAll(async () => {
  await fixture.close();
});

it("resume changes nothing: interrupted anywhere or not at all, the probabilities are equal bit for bit", async (context) => {
  const chaos = chaosOf(context);
  let jobId = await fixture.post();
  let [points, jobs, probabilities, resumed] = [0, 1, 0, 0];
  while (points < POINTS) {
    const worker = await fixture.startWorker(OFTEN);
    if (!(await fixture.held(jobId))) {
      probabilities += await fixture.expectUndisturbed(jobId);
      resumed += (await fixture.resumedAt(jobId)).length;
      jobId = await fixture.post();
      jobs += 1;
      await fixture.held(jobId);
    }
    await fixture.moment(chaos, jobId);
    // In turn: asked to end, which saves a last state, and not asked.
    if (points % 2 === 0) expect(await worker.stop()).toBe(0);
    else await worker.kill();
    points += 1;
    chaos.tell({ points, jobs });
  }
  const last = await fixture.startWorker(OFTEN);
  probabilities += await fixture.expectUndisturbed(jobId);
  resumed += (await fixture.resumedAt(jobId)).length;
  chaos.tell({ resumed, "rows compared": probabilities, "bits different": 0 });
  expect(resumed).toBeGreaterThan(0);
  await last.stop();
});
