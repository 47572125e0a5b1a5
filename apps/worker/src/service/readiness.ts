import { setTimeout as sleep } from "node:timers/promises";
import {
  AppError,
  type ReadinessCheck,
  type ReadinessReport,
  runReadinessChecks,
} from "@winnow/contracts";
import type { RedisAddress } from "@winnow/redis";
import {
  checkSchema,
  checkStorageFolder,
  checkStorageWritable,
  ping,
  type Store,
} from "@winnow/store";
import type { Logger } from "pino";
import type { WorkerConfig } from "../config.js";
import { type Repeated, repeat } from "../orchestrator/repeat.js";
import type { Consumer } from "../queue/consumer.js";
import type { Breaker } from "../trainer/breaker.js";

const LOOK_EVERY_MS = 1_000;
const SAY_AGAIN_MS = 30_000;

/** What a worker needs before it takes a task, each by its name. */
export interface Needs {
  /** In the order in which they are said. */
  readonly all: readonly ReadinessCheck[];
  /** Without these every task fails, so none is taken. An outage is for the tasks to sit out. */
  readonly ofTasks: readonly ReadinessCheck[];
}

export function needsOf(config: WorkerConfig, store: Store, redis: RedisAddress): Needs {
  const ofTasks = [
    { name: "migrations", run: () => checkSchema(store) },
    { name: "storage", run: () => checkStorage(config, store) },
  ];
  return {
    ofTasks,
    all: [
      { name: "postgres", run: () => ping(store) },
      ...ofTasks,
      { name: "redis", run: () => redis.check() },
    ],
  };
}

/** Trainers that keep checkpoints in a bucket share no folder. */
async function checkStorage(config: WorkerConfig, store: Store): Promise<void> {
  const { roles, checkpointPlace, storageDir } = config;
  const isAlone = roles.size === 1 && roles.has("trainer") && checkpointPlace.type === "s3";
  if (isAlone) await checkStorageWritable(storageDir);
  else await checkStorageFolder(store, storageDir, "worker");
}

/** The need of a worker that trains: children that survive their start. */
export const trainersNeed = (breaker: Pick<Breaker, "open">): ReadinessCheck => ({
  name: "trainers",
  async run() {
    if (breaker.open) throw new AppError("not-ready", "trainers die as soon as they start");
  },
});

/** Checks one need after another: at once, each would open a connection of its own to Postgres. */
async function checkInTurn(
  needs: readonly ReadinessCheck[],
  onFault: (error: unknown) => void,
): Promise<ReadinessReport> {
  const reports: ReadinessReport[] = [];
  for (const need of needs) reports.push(await runReadinessChecks([need], onFault));
  return {
    ready: reports.every(({ ready }) => ready),
    checks: reports.flatMap(({ checks }) => checks),
  };
}

/** Why a worker waits: what is missing, and whether somebody has to change something. */
export type OnWaiting = (why: string, needsAction: boolean) => void;

/**
 * Resolves once every need is met. Says why it waits when that changes, and every half minute. Throws
 * after `longestMs`; null: it waits without a limit.
 */
export async function untilReady(
  needs: readonly ReadinessCheck[],
  log: Logger,
  onWaiting: OnWaiting,
  signal: AbortSignal,
  longestMs: number | null,
): Promise<void> {
  const deadline = performance.now() + (longestMs ?? Number.POSITIVE_INFINITY);
  let said = "";
  let sayAgainAt = 0;
  for (;;) {
    let cause: unknown;
    let needsAction = false;
    const { ready, checks } = await checkInTurn(needs, (error) => {
      cause ??= error;
      needsAction ||= error instanceof AppError;
    });
    if (ready) return;
    const why = checks
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`)
      .join("; ");
    if (why !== said || performance.now() > sayAgainAt) {
      log.warn({ err: cause }, `the worker is not ready: ${why}`);
      onWaiting(why, needsAction);
      [said, sayAgainAt] = [why, performance.now() + SAY_AGAIN_MS];
    }
    if (performance.now() > deadline) throw new Error(`not ready after ${longestMs} ms: ${why}`);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/**
 * Takes no tasks while one of the needs is not met: each would fail all of its attempts. Nothing is asked while
 * no task would be taken anyway.
 */
export function holdWhileUnfit(
  needs: readonly ReadinessCheck[],
  consumers: readonly Consumer[],
  log: Logger,
  takesNone: () => boolean,
): Repeated {
  let unfit = "";
  let isFirst = true;
  return repeat(
    async () => {
      // The worker was ready a moment ago.
      if (isFirst || takesNone()) {
        isFirst = false;
        return;
      }
      const errors: unknown[] = [];
      await checkInTurn(needs, (error) => errors.push(error));
      const fault = errors.find((error) => error instanceof AppError);
      // Not known, while Postgres is down.
      if (!fault && errors.length > 0) return;
      const found = fault?.message ?? "";
      if (found !== unfit) {
        if (found) log.error(`no tasks are taken: ${found}`);
        else log.info("tasks are taken again");
      }
      unfit = found;
      for (const consumer of consumers) {
        if (found) await consumer.pause("unfit");
        else consumer.resume("unfit");
      }
    },
    LOOK_EVERY_MS,
    (error) => log.warn({ err: error }, "a queue could not be paused"),
  );
}
