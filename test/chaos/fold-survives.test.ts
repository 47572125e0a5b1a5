import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { childrenOf } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import {
  OFTEN,
  openTrainingFixture,
  type TaskRow,
  type TrainingFixture,
} from "./training-fixture.js";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 25, short: 1 });
/** A task whose child dies three times is failed. */
const CHILD_KILLS_PER_JOB = 2;

let fixture: TrainingFixture;

beforeAll(async () => {
  fixture = await openTrainingFixture();
});

afterAll(async () => {
  await fixture.close();
});

/** Remembers which running tasks had a state to resume from when their process was killed. */
function lookout() {
  const hadState = new Map<string, { jobId: string; fold: number }>();
  return {
    async beforeKill(jobId: string) {
      for (const { id, fold, state } of await fixture.tasksOf(jobId)) {
        if (state !== "running" || fixture.statesOf(id).length === 0) continue;
        hadState.set(id, { jobId, fold });
      }
    },
    /** Folds that had a state when they were killed, and how many of them resumed. */
    async wentOn() {
      let resumed = 0;
      for (const { jobId, fold } of hadState.values()) {
        const steps = (await fixture.resumedAt(jobId)).filter((event) => event.fold === fold);
        if (steps.some(({ step }) => step > 0)) resumed += 1;
        // A state once reached is never fallen behind.
        expect(steps.map(({ step }) => step)).toEqual(
          steps.map(({ step }) => step).toSorted((a, b) => a - b),
        );
      }
      return { "killed with a state": hadState.size, "went on from it": resumed };
    },
  };
}

it("a fold survives its supervisor's death: every row once, on from the last state", async (context) => {
  const chaos = chaosOf(context);
  const eyes = lookout();
  let jobId = await fixture.post();
  let [kills, jobs, rows] = [0, 1, 0];
  let atKill: TaskRow[] = [];
  while (kills < KILLS) {
    const worker = await fixture.startWorker(OFTEN);
    if (!(await fixture.held(jobId, atKill))) {
      rows += await fixture.expectUndisturbed(jobId);
      jobId = await fixture.post();
      jobs += 1;
      await fixture.held(jobId);
    }
    await fixture.moment(chaos, jobId);
    await eyes.beforeKill(jobId);
    await worker.kill();
    atKill = await fixture.tasksOf(jobId);
    kills += 1;
    chaos.tell({ kills, jobs, rows });
  }
  const last = await fixture.startWorker(OFTEN);
  rows += await fixture.expectUndisturbed(jobId);
  const wentOn = await eyes.wentOn();
  chaos.tell({ rows, lost: 0, doubled: 0, ...wentOn });
  expect(wentOn["went on from it"]).toBe(wentOn["killed with a state"]);
  await last.stop();
});

it("a fold survives its child's death: every row once, on from the last state", async (context) => {
  const chaos = chaosOf(context);
  const eyes = lookout();
  const worker = await fixture.startWorker(OFTEN);
  let [kills, jobs, rows] = [0, 0, 0];
  while (kills < KILLS) {
    const jobId = await fixture.post();
    jobs += 1;
    for (let n = 0; n < CHILD_KILLS_PER_JOB && kills < KILLS; n++) {
      if (!(await fixture.held(jobId))) break;
      await fixture.moment(chaos, jobId);
      const children = childrenOf(worker);
      if (children.length === 0) break;
      await eyes.beforeKill(jobId);
      process.kill(chaos.pick(children), "SIGKILL");
      kills += 1;
    }
    rows += await fixture.expectUndisturbed(jobId);
    chaos.tell({ kills, jobs, rows });
  }
  const wentOn = await eyes.wentOn();
  // Of the folds that ran, one in two was killed; which, its process does not say.
  chaos.tell({ lost: 0, doubled: 0, "went on from a state": wentOn["went on from it"] });
  expect(wentOn["went on from it"]).toBeGreaterThan(0);
  await worker.stop();
});
