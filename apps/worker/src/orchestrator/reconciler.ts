import { setTimeout as sleep } from "node:timers/promises";
import {
  type DiedOfMemory,
  listQueuedTasks,
  redeliverTask,
  requeueStaleTasks,
  type Store,
  sweepPartitions,
  sweepStaging,
} from "@winnow/store";
import type { Logger } from "pino";
import type { Queues } from "../queue/producer.js";
import { type Repeated, repeat } from "./repeat.js";

const LOOK_UPS_AT_ONCE = 100;
/** What was sent to Redis less long ago may just be on its way into a queue. */
const SETTLED_MS = 1_000;

export interface ReconcilerOptions {
  readonly store: Store;
  readonly queues: Queues;
  readonly intervalMs: number;
  readonly staleMs: number;
  readonly diedOfMemory: DiedOfMemory;
  /** How long a failed run's finished folds wait for a retry, like its checkpoints; null: no limit. */
  readonly stagingKeptMs: number | null;
  readonly log: Logger;
}

/**
 * Requeues tasks that were lost between Postgres and Redis: those whose worker stopped answering, and
 * queued ones whose entry is missing in Redis. Several reconcilers may run.
 *
 * It needs no live worker. BullMQ's own check for stalled entries runs only inside workers of the
 * same queue. With all trainers scaled to zero, the entry of a dead one would stay "active", no
 * entry would wait, and so no trainer would be started. Here the heartbeat in Postgres decides: the
 * task gets a new entry with a new delivery number. When a worker's stalled check returns the old
 * entry, that one finds nothing to do.
 */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const onError = (error: unknown) =>
    options.log.warn({ err: error }, "reconciling failed; it is retried");
  const rounds = repeat(() => reconcile(options), options.intervalMs, onError);
  const looks: Promise<void>[] = [];
  return {
    ...rounds,
    afterLoss() {
      looks.push(lookAfterLoss(options).catch(onError));
    },
    async end() {
      await Promise.all([rounds.end(), ...looks]);
    },
  };
}

export interface Reconciler extends Repeated {
  /** Redis may have lost its last entries: those are looked for now, not at their time. */
  afterLoss(): void;
}

/** The queues' connections need a moment to follow, and entries sent meanwhile to settle. */
async function lookAfterLoss(options: ReconcilerOptions): Promise<void> {
  await sleep(2 * SETTLED_MS, undefined, { ref: false });
  await redeliverLost(options, SETTLED_MS);
}

/** One round. */
export async function reconcile(options: ReconcilerOptions): Promise<void> {
  const { store, log } = options;
  for (const taskId of await requeueStaleTasks(store, options.staleMs, options.diedOfMemory)) {
    log.warn({ taskId }, "the task's worker stopped answering: queued again");
  }
  await redeliverLost(options, options.intervalMs);
  const swept = await sweepStaging(store, options.stagingKeptMs);
  if (swept.length > 0) log.info({ swept }, "tables of epoch votes that will not end were dropped");
  const dropped = await sweepPartitions(store);
  if (dropped > 0) log.debug({ dropped }, "partitions of deleted datasets were dropped");
}

async function redeliverLost(
  { store, queues, log }: ReconcilerOptions,
  sentBeforeMs: number,
): Promise<void> {
  const queued = await listQueuedTasks(store, sentBeforeMs);
  for (let at = 0; at < queued.length; at += LOOK_UPS_AT_ONCE) {
    await Promise.all(
      queued.slice(at, at + LOOK_UPS_AT_ONCE).map(async ({ queue, taskId, delivery }) => {
        if (await queues.hasEntry(queue, taskId, delivery)) return;
        await redeliverTask(store, taskId, delivery);
        log.warn({ taskId, delivery }, "the task's queue entry is missing: queued again");
      }),
    );
  }
}
