import { AppError, problemOf } from "@winnow/contracts";
import { RowBlockError, rejectWriter, sampleWriter } from "@winnow/copy-rows";
import {
  beatTask,
  cancelTask,
  failTask,
  openStore,
  readJob,
  readTrainingData,
  relayOutbox,
  releaseTask,
  requestCancel,
  requeueStaleTasks,
  StaleClaimError,
  type Store,
  writeDataset,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  batchesOf,
  claim,
  FOLD_METRICS,
  makeSamples,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedDataset,
} from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const stateOf = async (jobId: string) => (await readJob(store, jobId)).job.state;
const count = async (sql: string, values: unknown[] = []) =>
  Number(
    (await poolOf(store).query<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`, values)).rows[0]
      ?.n,
  );
const problem = (code: "internal" | "empty-file") => problemOf(new AppError(code, "for the test"));

describe("ingest", () => {
  it("commits samples, rejects, classes and the job's end together", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    await writeDataset(store, held, batchesOf(makeSamples(5000, 4), 4));
    expect(await stateOf(jobId)).toBe("succeeded");
    const data = await readTrainingData(store, held.datasetId);
    expect(data.texts).toHaveLength(5000);
    expect(data.texts[4999]).toBe('text 4999, "quoted", 汉字 \u{1f33e}');
    expect(data.labels.slice(0, 5)).toEqual(Int32Array.of(0, 1, 2, 3, 0));
    expect(await count("rejects WHERE dataset_id = $1", [held.datasetId])).toBe(1);
  });

  it("leaves nothing if a block holds what is no sample of this dataset", async () => {
    const outOfOrder = makeSamples(100, 2).slice(1);
    const ofClassThree = makeSamples(100, 4);
    for (const samples of [outOfOrder, ofClassThree]) {
      const held = await mustClaim(store, await queueIngest(store));
      await expect(writeDataset(store, held, batchesOf(samples, 2))).rejects.toThrow(RowBlockError);
      const written = "samples s JOIN datasets d ON d.key = s.dataset_key AND d.id = $1";
      expect(await count(written, [held.datasetId])).toBe(0);
    }
  });

  it("leaves nothing if the file ends in the middle", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    async function* broken(): ReturnType<typeof batchesOf> {
      yield {
        samples: sampleWriter().blockOf(makeSamples(100, 2)),
        rejects: rejectWriter().blockOf([]),
      };
      throw new AppError("empty-file", "it broke off");
    }
    await expect(writeDataset(store, held, broken())).rejects.toThrow("it broke off");
    expect(
      await count("samples s JOIN datasets d ON d.key = s.dataset_key AND d.id = $1", [
        held.datasetId,
      ]),
    ).toBe(0);
    expect(await failTask(store, held, problem("empty-file"))).toBe("failed");
    const { job } = await readJob(store, jobId);
    expect(job.state).toBe("failed");
    expect(job.error?.code).toBe("empty-file");
  });
});

describe("claims", () => {
  it("a held task cannot be claimed until its heartbeat is stale", async () => {
    const jobId = await queueIngest(store);
    const first = await mustClaim(store, jobId);
    expect(await claim(store, jobId)).toBeNull();
    const second = await claim(store, jobId, null, { staleAfterMs: -1, workerId: "second" });
    expect(second?.attempt).toBe(first.attempt + 1);
    expect(await beatTask(store, first, { step: 1 })).toMatchObject({
      held: false,
      cancelled: false,
    });
    await expect(
      writeDataset(store, first, batchesOf(makeSamples(10, 2), 2)),
    ).rejects.toBeInstanceOf(StaleClaimError);
    expect(await count("rejects WHERE dataset_id = $1", [first.datasetId])).toBe(0);
    await writeDataset(
      store,
      second as NonNullable<typeof second>,
      batchesOf(makeSamples(10, 2), 2),
    );
    expect(await stateOf(jobId)).toBe("succeeded");
  });

  it("a task that never ends fails after twelve starts", async () => {
    const jobId = await queueIngest(store);
    for (let attempt = 1; attempt <= 12; attempt++) {
      expect((await claim(store, jobId, null, { staleAfterMs: -1 }))?.attempt).toBe(attempt);
    }
    expect(await claim(store, jobId, null, { staleAfterMs: -1 })).toBeNull();
    const { job } = await readJob(store, jobId);
    expect([job.state, job.error?.code]).toEqual(["failed", "task-crashed"]);
  });

  it("a task that workers hand back does not fail, however often", async () => {
    const jobId = await queueIngest(store);
    for (let attempt = 1; attempt <= 20; attempt++) {
      const held = await mustClaim(store, jobId);
      expect(held.attempt).toBe(attempt);
      await releaseTask(store, held);
    }
    expect(await stateOf(jobId)).toBe("running");
  });

  it("a heartbeat after the end leaves the job as it ended", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    await beatTask(store, held, { step: 1, steps: 10, phase: "reading" });
    // The heartbeat updated its task's row, and then the job ended before its own row was updated.
    const { rows } = await poolOf(store).query(
      `UPDATE jobs SET state = 'succeeded', phase = NULL, version = version + 1 WHERE id = $1
       RETURNING version`,
      [jobId],
    );
    await beatTask(store, held, { step: 2, phase: "writing" });
    const { job, version } = await readJob(store, jobId);
    expect([job.phase, version]).toEqual([null, rows[0].version]);
  });

  it("every change of a task raises its job's version", async () => {
    const { jobId } = await queueTraining(store, await seedDataset(store, 30, 3), { folds: 3 });
    const seen = [(await readJob(store, jobId)).version];
    const rises = async (what: string) => {
      seen.push((await readJob(store, jobId)).version);
      expect(seen.at(-1), what).toBeGreaterThan(seen.at(-2)!);
    };
    const first = await mustClaim(store, jobId, 0);
    await rises("the first fold is claimed");
    const second = await mustClaim(store, jobId, 1);
    await rises("the second fold is claimed");
    await writeFold(store, first, predictionsFor(0, 3, 30, 3), FOLD_METRICS);
    await rises("the first fold is done");
    await failTask(store, second, problem("internal"), 0);
    await rises("the second fold failed and is queued again");
    const again = await mustClaim(store, jobId, 1);
    await rises("the second fold is claimed again");
    await releaseTask(store, again);
    await rises("the second fold is handed back");
    const last = await mustClaim(store, jobId, 2);
    await mustClaim(store, jobId, 1);
    await requestCancel(store, jobId);
    await rises("the job is to be cancelled");
    await cancelTask(store, last);
    await rises("one of two running folds has ended");
  });

  it("a retryable failure queues the task again, the third fails the job", async () => {
    const jobId = await queueIngest(store);
    for (const expected of ["queued", "queued", "failed"]) {
      const held = await mustClaim(store, jobId);
      expect(await failTask(store, held, problem("internal"), 0)).toBe(expected);
    }
    expect(await stateOf(jobId)).toBe("failed");
    expect(
      await count("outbox o JOIN tasks t ON t.id = o.task_id WHERE t.job_id = $1", [jobId]),
    ).toBe(3);
  });

  it("a stale task is queued again once, uncounted", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    expect(await requeueStaleTasks(store, -1)).toContain(held.taskId);
    expect(await requeueStaleTasks(store, -1)).not.toContain(held.taskId);
    expect((await mustClaim(store, jobId)).attempt).toBe(2);
  });

  it("a task handed back is queued again", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    expect(await releaseTask(store, held)).toBe(true);
    expect(await releaseTask(store, held)).toBe(false);
    expect((await mustClaim(store, jobId)).attempt).toBe(2);
  });
});

describe("cancel", () => {
  it("ends a queued job at once and a second cancel changes nothing", async () => {
    const jobId = await queueIngest(store);
    expect(await requestCancel(store, jobId)).toEqual({ state: "cancelled" });
    expect(await stateOf(jobId)).toBe("cancelled");
    expect(await requestCancel(store, jobId)).toEqual({ state: "ended" });
    expect(await claim(store, jobId)).toBeNull();
  });

  it("waits for the running task, which can no longer succeed", async () => {
    const jobId = await queueIngest(store);
    const held = await mustClaim(store, jobId);
    await requestCancel(store, jobId);
    expect(await stateOf(jobId)).toBe("cancelling");
    expect(await beatTask(store, held, {})).toMatchObject({ held: false, cancelled: true });
    await expect(
      writeDataset(store, held, batchesOf(makeSamples(10, 2), 2)),
    ).rejects.toBeInstanceOf(StaleClaimError);
    await cancelTask(store, held);
    expect(await stateOf(jobId)).toBe("cancelled");
  });
});

describe("folds", () => {
  it("a fold written twice has its rows once, and the last fold queues the pruning", async () => {
    const datasetId = await seedDataset(store, 30, 3);
    const { jobId, crossValidationId } = await queueTraining(store, datasetId, { pruning: {} });
    for (const fold of [2, 0, 1]) {
      const held = await mustClaim(store, jobId, fold);
      const predictions = predictionsFor(fold, 3, 30, 3);
      await writeFold(store, held, predictions, FOLD_METRICS);
      await expect(writeFold(store, held, predictions, FOLD_METRICS)).rejects.toBeInstanceOf(
        StaleClaimError,
      );
    }
    const { job } = await readJob(store, jobId);
    expect(job.state).toBe("succeeded");
    // predictionsFor: every seventh sample, 0 to 28, is predicted otherwise than given.
    expect(job.result).toMatchObject({ crossValidationId, rows: 30, accuracy: 25 / 30 });
    const pruningJob = await readJob(store, job.result?.pruningJobId as string);
    expect(pruningJob.job).toMatchObject({
      kind: "pruning",
      state: "queued",
      pruningId: job.pruningId,
    });
    expect(
      await count(
        "fold_probabilities f JOIN cross_validations c ON c.key = f.cross_validation_key WHERE c.id = $1",
        [crossValidationId],
      ),
    ).toBe(30);
  });

  it("one failed fold fails the job and ends the others' claims", async () => {
    const datasetId = await seedDataset(store);
    const { jobId } = await queueTraining(store, datasetId);
    const [a, b] = [await mustClaim(store, jobId, 0), await mustClaim(store, jobId, 1)];
    expect(await failTask(store, a, problem("empty-file"))).toBe("failed");
    expect(await beatTask(store, b, { step: 3 })).toMatchObject({ held: false, cancelled: false });
    await expect(
      writeFold(store, b, predictionsFor(1, 3, 30, 3), FOLD_METRICS),
    ).rejects.toBeInstanceOf(StaleClaimError);
    expect(await stateOf(jobId)).toBe("failed");
  });
});

describe("outbox", () => {
  it("entries stay when the queue refuses them and go once when it takes them", async () => {
    await queueIngest(store);
    await expect(
      relayOutbox(store, () => Promise.reject(new Error("Redis is down"))),
    ).rejects.toThrow("Redis is down");
    const sent: string[] = [];
    const relay = () =>
      relayOutbox(store, async (entries) => {
        sent.push(...entries.map((e) => `${e.payload.taskId}-${e.payload.delivery}`));
      });
    await Promise.all([relay(), relay(), relay()]);
    while ((await relay()) > 0);
    expect(new Set(sent).size).toBe(sent.length);
    expect(await count("outbox WHERE sent_at IS NULL AND available_at <= now()")).toBe(0);
  });
});
