import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { QUEUES } from "@winnow/contracts";
import { openStore } from "@winnow/store";
import type { Logger } from "pino";
import { checkPlace } from "../checkpoints/open-checkpoint-store.js";
import { cpuTrainerConcurrency, type WorkerConfig } from "../config.js";
import { keepListening } from "../orchestrator/keep-listening.js";
import { checkRedis } from "../queue/check-redis.js";
import { type Consumer, openConsumer } from "../queue/consumer.js";
import { openQueues } from "../queue/producer.js";
import { createSupervisor } from "../tasks/supervisor.js";
import { probeBackend } from "../trainer/ask-child.js";
import { NO_DEVICES, openDevices } from "../trainer/devices.js";
import type { Backend } from "../trainer/messages.js";
import { createHandlers } from "./create-handlers.js";
import { openHealth } from "./health.js";
import { createMetrics } from "./metrics.js";
import { startOrchestrator } from "./start-orchestrator.js";
import { openBreaker } from "./trainer-breaker.js";

const REDIS_WAIT_MS = 30_000;

export interface Worker {
  /** What training computes with; null without the trainer role. */
  readonly backend: Backend | null;
  /** Takes no more tasks, hands running ones back, and closes every connection. */
  close(): Promise<void>;
}

/** Starts the configured roles in this process; resolves once it takes deliveries. */
export async function startWorker(config: WorkerConfig, log: Logger): Promise<Worker> {
  await checkRedis(config.redisUrl, REDIS_WAIT_MS);
  const trains = config.roles.has("trainer");
  if (trains) await checkPlace(config.checkpointPlace);
  const backend = trains ? await probe(log) : null;
  const devices = backend?.device === "gpu" ? openDevices(config.gpuDevices) : NO_DEVICES;
  const concurrency = {
    trainer: config.trainerConcurrency ?? (devices.count || cpuTrainerConcurrency()),
    cpu: config.cpuConcurrency,
  };
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const store = openStore({
    databaseUrl: config.databaseUrl,
    applicationName: `winnow-worker ${workerId}`,
    // A task may use one connection for a COPY, one to read, and one for its heartbeat.
    maxConnections: 3 * (concurrency.trainer + concurrency.cpu) + 4,
    onError: quietly((error) => log.warn({ err: error }, "a connection to Postgres was lost")),
  });
  const onRedisError = quietly((error) => log.warn({ err: error }, "Redis does not answer"));
  const trainers: Consumer[] = [];
  const breaker = openBreaker(trainers, log);
  const queues = await openQueues(config, onRedisError);
  const isOrchestrator = config.roles.has("orchestrator");
  const metrics = createMetrics(store, isOrchestrator ? queues : null);
  const supervisor = createSupervisor({
    store,
    handlers: createHandlers(config, devices, breaker),
    workerId,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    staleAfterMs: config.staleAfterMs,
    reconcileStaleMs: config.reconcileStaleMs,
    metrics,
    log,
  });
  const orchestration = isOrchestrator ? startOrchestrator(config, store, queues, log) : [];
  const consumers: Consumer[] = [];
  for (const [queue, role] of QUEUES) {
    if (!config.roles.has(role)) continue;
    const settings = { ...config, concurrency: concurrency[role] };
    const consumer = openConsumer(queue, settings, supervisor.deliver, onRedisError);
    consumers.push(consumer);
    if (role === "trainer") trainers.push(consumer);
  }
  // The heartbeat notices a cancel too, but only at its next beat.
  const cancels = keepListening(
    config.databaseUrl,
    "winnow_cancel",
    (jobId) => jobId && supervisor.look(jobId),
    log.child({ part: "cancels" }),
  );
  const health = await openHealth(config, store, queues, breaker, metrics, log);
  log.info({ workerId, roles: [...config.roles], concurrency, backend }, "the worker is ready");
  return {
    backend,
    async close() {
      // Consumers first: no new task may start while the running ones are stopped.
      const closing = consumers.map((consumer) => consumer.close());
      breaker.end();
      supervisor.stop();
      await Promise.all(closing);
      await Promise.all([cancels, ...orchestration].map((loop) => loop.end()));
      await queues.close();
      await health?.close();
      await store.close();
    },
  };
}

async function probe(log: Logger): Promise<Backend> {
  const backend = await probeBackend();
  log.info(backend, `training uses ${backend.backend} on ${backend.device}`);
  return backend;
}

/** Logs at most once in ten seconds: a lost Redis would fill the log. */
function quietly(write: (error: Error) => void): (error: Error) => void {
  let next = 0;
  return (error) => {
    if (performance.now() < next) return;
    next = performance.now() + 10_000;
    write(error);
  };
}
