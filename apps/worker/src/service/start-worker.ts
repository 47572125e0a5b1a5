import { randomBytes } from "node:crypto";
import { availableParallelism, hostname } from "node:os";
import { QUEUES } from "@winnow/contracts";
import { openRedisAddress, prefixOf, probeKeyOf } from "@winnow/redis";
import { makeStorage } from "@winnow/storage";
import { assertDatabaseSuits, openStore, readNamespace } from "@winnow/store";
import { openTracing } from "@winnow/tracing";
import type { Logger } from "pino";
import { checkPlace } from "../checkpoints/open-checkpoint-store.js";
import { trainerEnvironment, type WorkerConfig } from "../config.js";
import { keepListening } from "../orchestrator/keep-listening.js";
import { type Consumer, openConsumer } from "../queue/consumer.js";
import { type OneDelivery, openOneDelivery } from "../queue/one-delivery.js";
import { openPresence } from "../queue/presence.js";
import { openQueues, type Queues } from "../queue/producer.js";
import type { HandlerRegistry } from "../tasks/handler.js";
import { createSupervisor } from "../tasks/supervisor.js";
import { isBackendAvailable, probeBackend } from "../trainer/ask-child.js";
import { openBackends } from "../trainer/backends.js";
import { trainerConcurrency } from "../trainer/concurrency.js";
import { NO_DEVICES, openDevices } from "../trainer/devices.js";
import { MADE_BY } from "../trainer/made-by.js";
import type { Backend } from "../trainer/messages.js";
import { createHandlers } from "./create-handlers.js";
import { openHealth } from "./health.js";
import { diedOfMemory, watchMemory } from "./memory-watch.js";
import { createMetrics } from "./metrics.js";
import { holdWhileUnfit, needsOf, type OnWaiting, trainersNeed, untilReady } from "./readiness.js";
import { standInQueues, startStandIn } from "./stand-in.js";
import { startOrchestrator } from "./start-orchestrator.js";
import { openBreaker } from "./trainer-breaker.js";

export interface Worker {
  /** What training computes with; null without the trainer role. */
  readonly backend: Backend | null;
  /** The one delivery of a worker with `--once`; null for others. */
  readonly once: OneDelivery | null;
  /** Takes no more tasks, hands running ones back, and closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts the configured roles in this process; resolves once it takes deliveries. Until Postgres,
 * Redis and the storage folder are fit it waits: its health server says why, and so does `onWaiting`.
 * `handlers`: what runs the tasks instead of the worker's own, and without a backend, and without a watch of
 * the process's memory, where many workers share one; for benchmarks.
 */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  onWaiting: OnWaiting,
  signal: AbortSignal,
  handlers: HandlerRegistry | null = null,
): Promise<Worker> {
  const closers: (() => unknown)[] = [];
  // Once: a signal may come as the one delivery of a worker ends, and each closes it.
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    for (const end of closers.reverse()) await end();
  };
  const close = () => {
    closed ??= closeAll();
    return closed;
  };
  try {
    return { ...(await open(config, log, onWaiting, signal, handlers, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Adds to `closers` what ends each part; the last one is ended first. */
async function open(
  config: WorkerConfig,
  log: Logger,
  onWaiting: OnWaiting,
  signal: AbortSignal,
  handlers: HandlerRegistry | null,
  closers: (() => unknown)[],
): Promise<Omit<Worker, "close">> {
  await makeStorage(config.storageDir).catch((err) =>
    log.warn({ err }, "could not close STORAGE_DIR to other users"),
  );
  const trains = config.roles.has("trainer");
  const isOrchestrator = config.roles.has("orchestrator");
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const trainerEnv = trainerEnvironment(config.checkpointPlace);
  const tracing = await openTracing({
    on: config.tracing,
    service: "winnow-worker",
    version: MADE_BY.winnow,
    instance: workerId,
    onError: (err) => log.warn({ err }, "traces were not sent"),
  });
  closers.push(() => tracing?.close());
  const backend = trains && !handlers ? await probe(trainerEnv, config.backendProbeMs, log) : null;
  const devices = backend?.device === "gpu" ? await openDevices(config.gpuDevices) : NO_DEVICES;
  // Without the trainer role it is asked for when the worker stands in for a trainer.
  const backends = openBackends(
    backend?.backend ?? (async () => (await probe(trainerEnv, config.backendProbeMs, log)).backend),
    (name) => isBackendAvailable(name, trainerEnv, config.backendProbeMs),
  );
  const concurrency = {
    trainer: trainerConcurrency(config.trainerConcurrency, devices.count, availableParallelism()),
    cpu: config.cpuConcurrency,
  };
  const store = openStore({
    databaseUrl: config.databaseUrl,
    directDatabaseUrl: config.directDatabaseUrl,
    applicationName: `winnow-worker ${workerId}`,
    holdsSessions: !config.once,
    // A task may use one connection for a COPY, one to read, and one for its heartbeat.
    maxConnections: 3 * (concurrency.trainer + concurrency.cpu) + 4,
    onError: quietly((error) => log.warn({ err: error }, "a connection to Postgres was lost")),
  });
  closers.push(() => store.close());
  await assertDatabaseSuits(store);
  let onFailover = () => {};
  const redis = openRedisAddress(config.redisUrl, {
    probeKey: probeKeyOf(config.queuePrefix),
    onFailover: () => {
      log.warn("Redis has failed over to another server, or was restarted");
      onFailover();
    },
  });
  closers.push(() => redis.close());
  const trainers: Consumer[] = [];
  const breaker = openBreaker(trainers, log);
  closers.push(() => breaker.end());
  const needs = needsOf(config, store, redis);
  let hasStarted = false;
  let queues: Queues | undefined;
  const metrics = createMetrics(store, {
    ofProcess: config.healthPort !== null,
    queues: isOrchestrator ? () => queues : null,
    exemplars: tracing !== null,
  });
  const checks = trains ? [...needs.all, trainersNeed(breaker)] : needs.all;
  const health = await openHealth(config, () => hasStarted, checks, metrics, log);
  closers.push(() => health?.close());
  await untilReady(needs.all, log, onWaiting, signal, config.once ? config.onceIdleMs : null);
  if (trains) await checkPlace(config.checkpointPlace);
  const prefix = prefixOf(config.queuePrefix, await readNamespace(store));
  const onRedisError = quietly((error) => log.warn({ err: error }, "Redis does not answer"));
  const presence = await openPresence(redis, { prefix }, onRedisError);
  closers.push(() => presence.close());
  if (isOrchestrator) {
    queues = await openQueues(redis, { prefix }, onRedisError);
    closers.push(() => queues?.close());
  }
  hasStarted = true;
  if (!handlers) closers.push(await watchMemory(config.storageDir, workerId));
  const supervisor = createSupervisor({
    store,
    handlers: handlers ?? createHandlers(config, backends, devices, breaker),
    workerId,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    staleAfterMs: config.staleAfterMs,
    diedOfMemory: diedOfMemory(config.storageDir),
    reconcileStaleMs: config.reconcileStaleMs,
    tracing,
    metrics,
    log,
  });
  if (queues) {
    const orchestrator = startOrchestrator(config, store, queues, tracing, log);
    onFailover = orchestrator.onFailover;
    closers.push(() => orchestrator.end());
  }
  // The heartbeat notices a cancel too, but only at its next beat. That is soon enough for a worker of one
  // task: a fleet of them, each with a connection that no pooler lends, would leave the server none.
  if (!config.once) {
    const cancels = keepListening(
      store,
      "winnow_cancel",
      (jobId) => jobId && supervisor.look(jobId),
      log.child({ part: "cancels" }),
    );
    closers.push(() => cancels.end());
  }
  const onceOptions = { ...config, prefix, idleMs: config.onceIdleMs, onError: onRedisError, log };
  const queuesOfRoles = [...QUEUES].filter(([, role]) => config.roles.has(role));
  const once = config.once
    ? openOneDelivery(redis, {
        ...onceOptions,
        queues: [
          ...queuesOfRoles.map(([queue]) => queue),
          ...((await presence.isAnnounced("trainer")) ? [] : standInQueues(config.roles)),
        ],
        deliver: supervisor.deliver,
      })
    : null;
  const consumers: Consumer[] = once ? [once] : [];
  const consume = (queue: string): Consumer => {
    const role = QUEUES.get(queue)!;
    const settings = { ...config, prefix, concurrency: concurrency[role] };
    const consumer = openConsumer(queue, redis, settings, supervisor.deliver, onRedisError, log);
    consumers.push(consumer);
    if (role === "trainer") trainers.push(consumer);
    return consumer;
  };
  for (const [queue] of once ? [] : queuesOfRoles) consume(queue);
  const standIn = startStandIn({
    roles: config.roles,
    presence,
    afterMs: config.standInAfterMs,
    log,
    open: once ? null : consume,
  });
  const holding = holdWhileUnfit(needs.ofTasks, consumers, log, () => once?.isRunning ?? false);
  // Consumers first: no new task may start while the running ones are stopped.
  closers.push(async () => {
    await standIn.end();
    const closing = consumers.map((consumer) => consumer.close());
    breaker.end();
    supervisor.stop();
    await Promise.all([...closing, holding.end()]);
  });
  log.info({ workerId, roles: [...config.roles], concurrency, backend }, "the worker is ready");
  return { backend, once };
}

async function probe(env: NodeJS.ProcessEnv, timeoutMs: number, log: Logger): Promise<Backend> {
  const backend = await probeBackend(env, timeoutMs);
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
