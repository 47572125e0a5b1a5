import { setTimeout as sleep } from "node:timers/promises";
import { TaskPayload } from "@winnow/contracts";
import type { RedisAddress } from "@winnow/redis";
import { createRedisBackend, type Job, Worker } from "bullmq";
import type { Logger } from "pino";
import type { Consumer, PausedBy } from "./consumer.js";
import type { QueuePlace, QueueSettings } from "./settings.js";

export interface OneDeliverySettings extends QueueSettings {
  readonly queues: readonly string[];
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** How long it looks for an entry whose task has work to do. */
  readonly idleMs: number;
  /** Runs a task; false if there was nothing to do. */
  readonly deliver: (payload: TaskPayload, from: QueuePlace) => Promise<boolean>;
  readonly onError: (error: Error) => void;
  readonly log: Pick<Logger, "warn">;
}

/** Takes one delivery from any of its queues. */
export interface OneDelivery extends Consumer {
  /** Why it takes no more; rejects with the error of a delivery that could not be ended. */
  readonly ended: Promise<"delivered" | "idle" | "closed">;
  /** Whether it has an entry now, and so looks for none. */
  readonly isRunning: boolean;
}

const LOOK_EVERY_MS = 250;
/** A Redis that does not answer holds up neither the end of an idle worker nor a shutdown. */
const PATIENCE_MS = 2_000;
const TOKEN = "once";

/**
 * Looks into the queues until one has an entry. BullMQ's own loop is no use here: one loop a queue would
 * take an entry from each. An entry without work (its task has ended, or another worker has it) is
 * removed and does not count.
 */
export function openOneDelivery(address: RedisAddress, settings: OneDeliverySettings): OneDelivery {
  const { deliver, idleMs, lockDurationMs, log, onError } = settings;
  const redis = address.connect({ connectionName: "winnow-once", maxRetriesPerRequest: null });
  redis.on("error", onError);
  const workers = settings.queues.map((queue) => {
    const worker = new Worker(
      queue,
      null,
      {
        connection: redis,
        prefix: settings.prefix,
        lockDuration: lockDurationMs,
        stalledInterval: settings.stalledIntervalMs,
        maxStalledCount: 10,
      },
      // Without the second connection, which only BullMQ's own loop would wait on.
      (name, options) => createRedisBackend(name, options),
    );
    worker.on("error", onError);
    worker.startStalledCheckTimer().catch(onError);
    return worker;
  });
  const pausedBy = new Set<PausedBy>();
  let isRunning = false;
  const enough = new AbortController();
  const idle = setTimeout(() => enough.abort("idle"), idleMs);
  const givingUp = new Promise<undefined>((resolve) => {
    enough.signal.addEventListener("abort", () =>
      setTimeout(() => resolve(undefined), PATIENCE_MS),
    );
  });
  const ended = look().finally(() => clearTimeout(idle));
  ended.catch(() => {});
  return {
    ended,
    get isRunning() {
      return isRunning;
    },
    async pause(by) {
      pausedBy.add(by);
    },
    resume(by) {
      pausedBy.delete(by);
    },
    async close() {
      enough.abort("closed");
      await ended.catch(() => {});
      // Forced: BullMQ runs nothing itself here, and Redis may be away.
      await Promise.all(workers.map((worker) => worker.close(true)));
      redis.disconnect();
    },
  };

  async function look(): Promise<"delivered" | "idle" | "closed"> {
    while (!enough.signal.aborted) {
      for (const worker of pausedBy.size === 0 ? workers : []) {
        const entry = await answered(worker.getNextJob(TOKEN, { block: false }), givingUp);
        if (entry && (await run(entry))) return "delivered";
        if (enough.signal.aborted) break;
      }
      await sleep(LOOK_EVERY_MS, undefined, enough).catch(() => {});
    }
    return enough.signal.reason;
  }

  async function run(entry: Job): Promise<boolean> {
    isRunning = true;
    // A lost lock does not end the work: the claim in Postgres holds.
    const renewal = setInterval(
      () => entry.extendLock(TOKEN, lockDurationMs).catch(onError),
      lockDurationMs / 2,
    );
    const payload = TaskPayload.safeParse(entry.data);
    try {
      const from = { queue: entry.queueName, queuedAt: entry.timestamp };
      const hadWork = payload.success && (await deliver(payload.data, from));
      if (payload.success) await written(entry.moveToCompleted(null, TOKEN, false));
      else {
        log.warn({ err: payload.error, entry: entry.id }, "a queue entry is none of ours");
        await written(entry.moveToFailed(payload.error, TOKEN));
      }
      return hadWork;
    } catch (error) {
      await written(entry.moveToFailed(error as Error, TOKEN));
      throw error;
    } finally {
      clearInterval(renewal);
      isRunning = false;
    }
  }

  /** What Redis answers; undefined after an error, or if nothing came before `givenUp`. */
  async function answered<T>(answer: Promise<T>, givenUp: Promise<undefined>) {
    try {
      return await Promise.race([answer, givenUp]);
    } catch (error) {
      onError(error as Error);
      return undefined;
    } finally {
      answer.catch(() => {});
    }
  }

  function written(answer: Promise<unknown>): Promise<unknown> {
    return answered(answer, sleep(PATIENCE_MS, undefined, { ref: false }));
  }
}
