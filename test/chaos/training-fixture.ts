import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { listEvents } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { expect } from "vitest";
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
import type { Chaos } from "./chaos.js";
import { SCALE, scaled } from "./scale.js";

/** How long a busy machine may need for a job. */
const PATIENT_MS = 300_000;
const ROWS = 120;
/** A few seconds a fold, in epochs of many steps, so that it can be killed everywhere. */
const RUN = { training: { epochs: scaled({ full: 5, short: 3 }), batchSize: 2 }, folds: 2 };
/** Never ends by itself within a test. */
const ENDLESS = { training: { epochs: 100, batchSize: 1 }, folds: 2 };

/** Saves a state after every step or two, so that a kill costs little and a state is always there. */
export const OFTEN = { CHECKPOINT_INTERVAL_MS: "100" };

export interface TaskRow {
  readonly id: string;
  readonly fold: number;
  readonly state: string;
  readonly attempt: number;
}

/** A dataset to train on; no worker runs. */
export interface DatasetFixture extends WorkerFixture {
  readonly datasetId: string;
  /** Queues a training that does not end within a test. */
  postEndless(): Promise<string>;
}

/** And one training on it that nobody disturbed. */
export interface TrainingFixture extends DatasetFixture {
  /** From the claim of a fold to its end, undisturbed: what random moments are measured by. */
  readonly foldMs: number;
  /** Queues the training again. */
  post(): Promise<string>;
  tasksOf(jobId: string): Promise<TaskRow[]>;
  /**
   * Resolves when a task of the job is held by a worker; false once the job has ended. The row of a
   * killed worker's task says `running` as well: `before` are the tasks as the kill left them, whose
   * attempts do not count.
   */
  held(jobId: string, before?: readonly TaskRow[]): Promise<boolean>;
  /**
   * A random moment in the life of a job that is held: any at full scale. The short set has too few
   * to waste one: its moments come once the running folds have a state to resume from.
   */
  moment(chaos: Chaos, jobId: string): Promise<void>;
  /** Rows of the job's run: all of them, different ordinals, and transactions that wrote them. */
  rowsOf(jobId: string): Promise<{ n: number; distinct: number; writes: number }>;
  /** The names of a task's saved states, oldest first. */
  statesOf(taskId: string): string[];
  /** Steps at which attempts of the job went on from a state, in order. */
  resumedAt(jobId: string): Promise<{ fold: number; step: number }[]>;
  /** Waits for success, and insists on every row once and the undisturbed answer; returns the rows. */
  expectUndisturbed(jobId: string): Promise<number>;
}

export async function openDatasetFixture(): Promise<DatasetFixture> {
  const empty = await openWorkerFixture();
  const worker = await empty.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const fixture = await ingestInto(empty);
  await worker.stop();
  return fixture;
}

async function ingestInto(empty: WorkerFixture): Promise<DatasetFixture> {
  const { store } = empty;
  const ingest = await succeeded(store, await postIngest(empty, makeCsv(ROWS)), PATIENT_MS);
  const datasetId = ingest.datasetId as string;
  return { ...empty, datasetId, postEndless: () => postTraining(store, datasetId, ENDLESS) };
}

export async function openTrainingFixture(): Promise<TrainingFixture> {
  const empty = await openWorkerFixture();
  const worker = await empty.startWorker(OFTEN);
  const fixture = await ingestInto(empty);
  const { store, storageDir, datasetId } = fixture;
  const first = await succeeded(store, await postTraining(store, datasetId, RUN), PATIENT_MS);
  const undisturbed = await probabilitiesOf(store, first.crossValidationId as string);
  const { rows } = await poolOf(store).query<{ ms: number }>(
    `SELECT 1000 * extract(epoch FROM max(finished_at - started_at))::float8 AS ms
     FROM tasks WHERE job_id = $1`,
    [first.id],
  );
  await worker.stop();
  const rowsOf: TrainingFixture["rowsOf"] = async (jobId) => {
    const counted = await poolOf(store).query<{ n: number; distinct: number; writes: number }>(
      `SELECT count(*)::int AS n, count(DISTINCT ordinal)::int AS distinct,
         count(DISTINCT (fold, p.xmin::text))::int AS writes
       FROM fold_probabilities p JOIN cross_validations c ON c.key = p.cross_validation_key
       WHERE c.job_id = $1`,
      [jobId],
    );
    return counted.rows[0]!;
  };
  const foldMs = rows[0]?.ms as number;
  const tasksOf: TrainingFixture["tasksOf"] = async (jobId) => {
    const tasks = await poolOf(store).query<TaskRow>(
      "SELECT id, fold, state, attempt FROM tasks WHERE job_id = $1 ORDER BY fold",
      [jobId],
    );
    return tasks.rows;
  };
  const statesOf: TrainingFixture["statesOf"] = (taskId) => {
    const folder = join(storageDir, "checkpoints", taskId);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.filter((name) => name.endsWith(".checkpoint")).sort();
  };
  return {
    ...fixture,
    foldMs,
    post: () => postTraining(store, datasetId, RUN),
    tasksOf,
    held: (jobId, before = []) =>
      eventually(
        "a task to be held, or the job's end",
        async () => {
          const isNew = ({ id, attempt }: TaskRow) =>
            attempt > (before.find((task) => task.id === id)?.attempt ?? 0);
          const tasks = await tasksOf(jobId);
          if (tasks.some((task) => task.state === "running" && isNew(task))) return { yes: true };
          const { state } = await jobOf(store, jobId);
          return state !== "queued" && state !== "running" && { yes: false };
        },
        PATIENT_MS,
      ).then(({ yes }) => yes),
    async moment(chaos, jobId) {
      if (SCALE === "full") return chaos.moment(0, foldMs);
      await eventually("every running fold to have a state", async () => {
        const running = (await tasksOf(jobId)).filter(({ state }) => state === "running");
        return running.length > 0 && running.every(({ id }) => statesOf(id).length > 0);
      });
      await chaos.moment(0, foldMs / 20);
    },
    rowsOf,
    statesOf,
    async resumedAt(jobId) {
      const { data } = await listEvents(store, jobId, undefined, 1000);
      return data
        .filter((event) => event.data.message === "resumed")
        .map((event) => event.data as { fold: number; step: number });
    },
    async expectUndisturbed(jobId) {
      const job = await succeeded(store, jobId, PATIENT_MS);
      expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS, writes: RUN.folds });
      expect(await probabilitiesOf(store, job.crossValidationId as string)).toEqual(undisturbed);
      return ROWS;
    },
  };
}
