import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../support/jobs.js";
import { childrenOf, type WorkerProcess } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { OFTEN, openTrainingFixture, type TrainingFixture } from "./training-fixture.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const ROUNDS = scaled({ full: 8, short: 1 });

let fixture: TrainingFixture;

beforeAll(async () => {
  fixture = await openTrainingFixture();
  // Who ended a task, as Postgres saw it: an attempt that came too late would leave a second line.
  await poolOf(fixture.store).query(`
    CREATE TABLE commits (task_id text, attempt int, worker_id text);
    CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO commits VALUES (NEW.id, NEW.attempt, NEW.worker_id); RETURN NEW; END $$;
    CREATE TRIGGER note_commit AFTER UPDATE ON tasks FOR EACH ROW
      WHEN (NEW.state = 'succeeded') EXECUTE FUNCTION note_commit();`);
});

afterAll(async () => {
  await fixture.close();
});

/** Its log's word for the id under which it claims. */
const idOf = (worker: WorkerProcess) => /"workerId":"([^"]+)"/.exec(worker.output())![1]!;

it("no split brain: a supervisor that was stopped past the takeover commits nothing afterwards", async (context) => {
  const chaos = chaosOf(context);
  let [stale, taken, rows] = [0, 0, 0];
  for (let rounds = 1; rounds <= ROUNDS; rounds++) {
    const first = await fixture.startWorker(OFTEN);
    const jobId = await fixture.post();
    await eventually("both folds to be held", async () =>
      (await fixture.tasksOf(jobId)).every(({ state }) => state === "running"),
    );
    await chaos.moment(0, fixture.foldMs * 0.6);
    // In turn: all of it; the supervisor alone, whose children continue and may still end in time.
    const stopped = [first.pid, ...(rounds % 2 === 1 ? childrenOf(first) : [])];
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    const heldByFirst = (await fixture.tasksOf(jobId))
      .filter(({ state }) => state === "running")
      .map(({ id }) => id);
    const second = await fixture.startWorker(OFTEN);
    rows += await fixture.expectUndisturbed(jobId);
    for (const pid of stopped.reverse()) process.kill(pid, "SIGCONT");
    // The first one comes to: its children end, with nothing written.
    await eventually("the late children to end", async () => childrenOf(first).length === 0);
    expect(await first.stop()).toBe(0);
    expect(await second.stop()).toBe(0);
    const { rows: commits } = await poolOf(fixture.store).query<{
      task_id: string;
      worker_id: string;
    }>(
      `SELECT c.task_id, c.worker_id FROM commits c JOIN tasks t ON t.id = c.task_id
       WHERE t.job_id = $1`,
      [jobId],
    );
    const takenOver = (await fixture.tasksOf(jobId)).filter(
      ({ id, attempt }) => heldByFirst.includes(id) && attempt > 1,
    );
    taken += takenOver.length;
    stale += commits.length - 2;
    for (const { id } of takenOver) {
      const [commit] = commits.filter(({ task_id }) => task_id === id);
      if (commit?.worker_id === idOf(first)) stale += 1;
    }
    await fixture.expectUndisturbed(jobId);
    chaos.tell({ stops: rounds, "taken over": taken, rows, "stale commits": stale });
  }
  expect(stale).toBe(0);
  expect(taken).toBeGreaterThan(0);
});
