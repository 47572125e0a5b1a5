import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { AppError, QUEUES, type ReadinessCheck } from "@winnow/contracts";
import { openStore, ping, type Store } from "@winnow/store";
import type { Logger } from "pino";
import { checkPlace } from "../checkpoints/open-checkpoint-store.js";
import { cpuTrainerConcurrency, trainerEnvironment, type WorkerConfig } from "../config.js";
import { openStorage } from "../files/storage.js";
import { createRegistry } from "../handlers/registry.js";
import { PUBLIC_NETWORK } from "../network/guarded-agent.js";
import { keepListening } from "../orchestrator/keep-listening.js";
import { checkRedis } from "../queue/check-redis.js";
import { type Consumer, openConsumer } from "../queue/consumer.js";
import { openQueues, type Queues } from "../queue/producer.js";
import { createSupervisor } from "../tasks/supervisor.js";
import { type Breaker, createBreaker } from "../trainer/breaker.js";
import { NO_DEVICES, openDevices } from "../trainer/devices.js";
import type { Backend } from "../trainer/messages.js";
import { probeBackend } from "../trainer/process.js";
import { openHealthServer } from "./health.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { startOrchestrator } from "./start-orchestrator.js";

const REDIS_WAIT_MS = 30_000;
const CHILD_KILL_AFTER_MS = 30_000;
/** A machine whose children die like this takes no folds for a while. */
const EARLY_DEATHS = { deaths: 3, earlyMs: 5_000, pauseMs: 60_000 };

export interface Worker {
  /** What training uses here; null without the trainer role. */
  readonly backend: Backend | null;
  /** Takes no more, hands running tasks back, and closes every connection. */
  close(): Promise<void>;
}

/** Starts the configured roles in this process; resolves once deliveries are taken. */
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
    // A task may hold one connection in a COPY, one to read, and beats on a third.
    maxConnections: 3 * (concurrency.trainer + concurrency.cpu) + 4,
    onError: quietly((error) => log.warn({ err: error }, "a connection to Postgres was lost")),
  });
  const onRedisError = quietly((error) => log.warn({ err: error }, "Redis does not answer"));
  const trainers: Consumer[] = [];
  const breaker = openBreaker(trainers, log);
  const queues = await openQueues(config, onRedisError);
  const isOrchestrator = config.roles.has("orchestrator");
  const metrics = createMetrics(store, isOrchestrator ? queues : null);
  const handlers = createRegistry({
    storage: openStorage(
      config.storageDir,
      config.ingestRoot,
      config.urlSources ? PUBLIC_NETWORK : null,
    ),
    trainer: {
      databaseUrl: config.databaseUrl,
      storageDir: config.storageDir,
      checkpointPlace: config.checkpointPlace,
      modelsDir: config.modelsDir,
      checkpointIntervalMs: config.checkpointIntervalMs,
      env: trainerEnvironment(),
      devices,
      silenceMs: config.trainerSilenceMs,
      breaker,
      killAfterMs: Math.min(CHILD_KILL_AFTER_MS, config.shutdownGraceMs * 0.8),
    },
  });
  const supervisor = createSupervisor({
    store,
    handlers,
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
  // The heartbeat finds a cancel as well, within its interval; this makes it a moment.
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
      // Consumers first: nothing new comes in while the running tasks are stopped.
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

/** Pauses the trainers' consumers where no child stays alive. */
function openBreaker(trainers: readonly Consumer[], log: Logger): Breaker {
  return createBreaker({
    ...EARLY_DEATHS,
    onChange(open) {
      if (open) log.error("children die as soon as they start: no folds are taken for a while");
      else log.info("folds are taken again");
      for (const consumer of trainers) {
        if (!open) consumer.resume();
        else consumer.pause().catch((error) => log.warn({ err: error }, "a queue goes on"));
      }
    },
  });
}

async function probe(log: Logger): Promise<Backend> {
  const backend = await probeBackend();
  log.info(backend, `training uses ${backend.backend} on ${backend.device}`);
  return backend;
}

async function openHealth(
  config: WorkerConfig,
  store: Store,
  queues: Queues,
  breaker: Pick<Breaker, "open">,
  metrics: Metrics,
  log: Logger,
) {
  if (config.healthPort === null) return null;
  const checks: ReadinessCheck[] = [
    { name: "postgres", run: () => ping(store) },
    { name: "redis", run: () => queues.ping() },
  ];
  if (config.roles.has("trainer")) {
    checks.push({
      name: "trainers",
      async run() {
        if (breaker.open) throw new AppError("not-ready", "trainers die as soon as they start");
      },
    });
  }
  const address = { host: config.healthHost, port: config.healthPort };
  return openHealthServer(address, checks, metrics, (err, check) =>
    log.warn({ err }, `${check} does not answer the readiness check`),
  );
}

/** Says the same at most every ten seconds: a lost Redis would fill the log. */
function quietly(say: (error: Error) => void): (error: Error) => void {
  let next = 0;
  return (error) => {
    if (performance.now() < next) return;
    next = performance.now() + 10_000;
    say(error);
  };
}
