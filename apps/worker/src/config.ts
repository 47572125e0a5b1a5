import { resolve } from "node:path";
import {
  ConfigError,
  childEnvironment,
  DATABASE_SETTINGS,
  type Environment,
  flag,
  type LogLevel,
  oneOf,
  parseSettings,
  RETENTION_SETTINGS,
  type RetentionAges,
  retentionAges,
  SHARED_SETTINGS,
  WORKER_ROLES,
  type WorkerRole,
  wholeNumber,
} from "@winnow/contracts";
import { READER_LIMITS } from "@winnow/reader";
import type { DatabaseUrls } from "@winnow/store";
import { isTracing, TRACING_SETTINGS } from "@winnow/tracing";
import { z } from "zod";
import type { CheckpointPlace } from "./checkpoints/place.js";
import { CHECKPOINT_SETTINGS, placeOf } from "./checkpoints/settings.js";

const count = () => wholeNumber(1, 1024);
const milliseconds = (fallback: number, description: string) =>
  wholeNumber(100, 86_400_000).prefault(String(fallback)).meta({ description, unit: "ms" });
const folds = z.union([z.literal("cores"), count()], {
  error: "must be a whole number between 1 and 1024, or `cores`",
});
const roles = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((role) => role.trim())
      .filter((role) => role !== ""),
  )
  .pipe(z.array(oneOf(WORKER_ROLES)).min(1))
  .transform((list) => new Set<WorkerRole>(list));

/** The variables of the worker. `.env.example` and the reference are held against them. */
export const WORKER_SETTINGS = z.object({
  ...DATABASE_SETTINGS,
  REDIS_URL: SHARED_SETTINGS.REDIS_URL,
  STORAGE_DIR: SHARED_SETTINGS.STORAGE_DIR,
  INGEST_ROOT: SHARED_SETTINGS.INGEST_ROOT,
  MODELS_DIR: SHARED_SETTINGS.MODELS_DIR,
  EMBEDDINGS_URL: SHARED_SETTINGS.EMBEDDINGS_URL,
  EMBEDDINGS_MODEL: SHARED_SETTINGS.EMBEDDINGS_MODEL,
  EMBEDDINGS_KEY: SHARED_SETTINGS.EMBEDDINGS_KEY,
  URL_SOURCES: SHARED_SETTINGS.URL_SOURCES,
  QUOTA_STORED_ROWS: SHARED_SETTINGS.QUOTA_STORED_ROWS,
  WORKER_ROLES: roles.prefault(WORKER_ROLES.join(",")).meta({
    description:
      "What the worker does, separated by commas: `cpu` (ingest, imports, pruning), `trainer` " +
      "(folds), `orchestrator` (delivers tasks, recovers lost ones, sweeps, sends webhooks).",
  }),
  TRAINER_CONCURRENCY: folds.optional().meta({
    description:
      "Folds trained at a time. Unset: one a GPU; without a GPU two, or one on a single core. `cores`: one a GPU; without a " +
      "GPU one a core.",
    unit: "folds",
  }),
  BACKEND_PROBE_MS: SHARED_SETTINGS.BACKEND_PROBE_MS,
  CPU_CONCURRENCY: count()
    .prefault("2")
    .meta({ description: "Tasks of each `cpu` queue that run at a time.", unit: "tasks" }),
  QUEUE_PREFIX: SHARED_SETTINGS.QUEUE_PREFIX,
  HEARTBEAT_INTERVAL_MS: milliseconds(1_000, "How often a running task's heartbeat is written."),
  LOCK_DURATION_MS: milliseconds(
    60_000,
    "How long BullMQ's lock of a queue entry lasts without a renewal. Then the entry counts as " +
      "stalled and is delivered to another worker.",
  ),
  STALLED_INTERVAL_MS: milliseconds(30_000, "How often a worker looks for stalled entries."),
  STALE_AFTER_MS: milliseconds(
    15_000,
    "Age of a heartbeat after which another worker may take the task over once it is delivered " +
      "again. At least twice HEARTBEAT_INTERVAL_MS, at most half of LOCK_DURATION_MS.",
  ),
  RECONCILE_INTERVAL_MS: milliseconds(
    30_000,
    "How often the orchestrator looks for tasks whose worker is gone.",
  ),
  RECONCILE_STALE_MS: milliseconds(
    75_000,
    "Age of a heartbeat after which the orchestrator queues the task again. A worker that gets no " +
      "answer from Postgres for so long stops its task. At least STALE_AFTER_MS.",
  ),
  STAND_IN_AFTER_MS: milliseconds(
    15_000,
    "How long no worker with the role `trainer` must have been seen before those with the role `cpu` " +
      "encode rows in its place.",
  ),
  CHECKPOINT_INTERVAL_MS: milliseconds(
    60_000,
    "How often the state of a fold in training is saved: the most work a crash can lose.",
  ),
  ...CHECKPOINT_SETTINGS,
  TRAINER_SILENCE_MS: milliseconds(
    900_000,
    "A training process is considered hung after this long without a report: it is killed and its " +
      "fold retried.",
  ),
  READER_MEMORY_MB: wholeNumber(128, 1_048_576)
    .optional()
    .meta({
      description:
        "The most memory that the process which reads one file may take; with more it is ended, and its " +
        "job fails with `file-too-costly`. Unset: 2048, or half of the container's memory if that is less.",
      unit: "MB",
    }),
  READER_STALL_MS: milliseconds(
    60_000,
    "A process that reads a file and gets no further for this long is ended, and its job fails with " +
      "`file-too-costly`.",
  ),
  SHUTDOWN_GRACE_MS: milliseconds(
    25_000,
    "How long the worker has after SIGTERM to save and hand back its tasks.",
  ),
  ONCE_IDLE_MS: milliseconds(
    60_000,
    "How long a worker started with `--once` waits for its delivery before it ends with 0; and how " +
      "long it waits for Postgres, Redis and the storage before it ends with 1.",
  ),
  ...RETENTION_SETTINGS,
  WEBHOOK_TIMEOUT_MS: milliseconds(
    15_000,
    "How long the receiver of a webhook may take to answer.",
  ),
  WEBHOOK_PRIVATE_ADDRESSES: flag()
    .prefault("false")
    .meta({
      description:
        "`true` allows webhooks to addresses that are not public, still https only. For closed " +
        "networks.",
    }),
  LOG_LEVEL: SHARED_SETTINGS.LOG_LEVEL,
  HEALTH_HOST: z.string().prefault("0.0.0.0").meta({
    description: "The address that the worker's `/healthz`, `/readyz` and `/metrics` listen on.",
  }),
  HEALTH_PORT: wholeNumber(0, 65_535).optional().meta({
    description: "Their port; 0 takes a free one. Unset: they are not served.",
  }),
  CUDA_VISIBLE_DEVICES: z.string().optional().meta({
    description: "The GPUs that the worker may use, e.g. `0,1`. Unset: all. Empty: none, to CUDA.",
  }),
  ...TRACING_SETTINGS,
});

/** An embeddings endpoint of OpenAI's form. */
export interface EmbeddingsSettings {
  readonly url: string;
  readonly model?: string | undefined;
  readonly key?: string | undefined;
}

/** The settings of one worker process; times in milliseconds. */
export interface WorkerConfig extends DatabaseUrls {
  readonly redisUrl: string;
  /** Absolute. */
  readonly storageDir: string;
  /** Absolute; null: sources of type `path` are off. */
  readonly ingestRoot: string | null;
  /** Absolute; null: no training starts from a checkpoint. */
  readonly modelsDir: string | null;
  /** The endpoint that trainings may ask for vectors; null: there is none. */
  readonly embeddings: EmbeddingsSettings | null;
  /** Whether sources of type `url` are fetched. */
  readonly urlSources: boolean;
  readonly roles: ReadonlySet<WorkerRole>;
  /** null: the backend and the cores decide. */
  readonly trainerConcurrency: number | "cores" | null;
  /** How long a backend may take at the start. */
  readonly backendProbeMs: number;
  readonly cpuConcurrency: number;
  readonly queuePrefix: string;
  readonly heartbeatIntervalMs: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** A task whose heartbeat is older may be taken over when it is delivered again. */
  readonly staleAfterMs: number;
  readonly reconcileIntervalMs: number;
  /** A task whose heartbeat is older is queued again by the orchestrator. */
  readonly reconcileStaleMs: number;
  /** How long no trainer must have been seen before this worker encodes rows. */
  readonly standInAfterMs: number;
  readonly checkpointPlace: CheckpointPlace;
  /** How much of a fold's training may be lost with its process. */
  readonly checkpointIntervalMs: number;
  /** A trainer's process that sends nothing for this long hangs, and is killed. */
  readonly trainerSilenceMs: number;
  /** The most memory of a process that reads a file. */
  readonly readerMemoryBytes: number;
  /** How long such a process may get no further. */
  readonly readerStallMs: number;
  /** Rows of datasets of one API key; undefined: no limit. */
  readonly maxStoredRows: number | undefined;
  readonly shutdownGraceMs: number;
  /** Whether the worker ends after one delivery; it runs no second one beside it. */
  readonly once: boolean;
  /** How long such a worker waits for the delivery. */
  readonly onceIdleMs: number;
  readonly retention: RetentionAges;
  /** How long a webhook's receiver may take to answer. */
  readonly webhookTimeoutMs: number;
  /** Whether webhooks may go to addresses that are not public. */
  readonly webhookPrivateAddresses: boolean;
  readonly logLevel: LogLevel;
  readonly healthHost: string;
  /** null: no health port. */
  readonly healthPort: number | null;
  /** The GPUs that this process may use, as CUDA names them; null: all. */
  readonly gpuDevices: readonly string[] | null;
  /** Whether traces are sent. */
  readonly tracing: boolean;
}

/** Reads the settings of a worker that ends after one delivery, or of one that stays. Throws `ConfigError` with all faults. */
export function readConfig(
  environment: Environment = process.env,
  { once = false } = {},
): WorkerConfig {
  const e = parseSettings(WORKER_SETTINGS, environment);
  const faults: string[] = [];
  if (e.STALE_AFTER_MS < 2 * e.HEARTBEAT_INTERVAL_MS) {
    faults.push("STALE_AFTER_MS: must be at least twice HEARTBEAT_INTERVAL_MS");
  }
  // A dead worker's task is delivered again when its lock expires. If its heartbeat were still fresh
  // then, no worker would take the task over.
  if (e.STALE_AFTER_MS > e.LOCK_DURATION_MS / 2) {
    faults.push("STALE_AFTER_MS: must be at most half of LOCK_DURATION_MS");
  }
  if (e.RECONCILE_STALE_MS < e.STALE_AFTER_MS) {
    faults.push("RECONCILE_STALE_MS: must be at least STALE_AFTER_MS");
  }
  if (once && e.WORKER_ROLES.size === 1 && e.WORKER_ROLES.has("orchestrator")) {
    faults.push(
      "WORKER_ROLES: with --once, needs `cpu` or `trainer`; `orchestrator` takes no tasks",
    );
  }
  const checkpointPlace = placeOf(e, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    databaseUrl: e.DATABASE_URL,
    directDatabaseUrl: e.DIRECT_DATABASE_URL,
    redisUrl: e.REDIS_URL,
    storageDir: resolve(e.STORAGE_DIR),
    ingestRoot: e.INGEST_ROOT === undefined ? null : resolve(e.INGEST_ROOT),
    modelsDir: e.MODELS_DIR === undefined ? null : resolve(e.MODELS_DIR),
    embeddings:
      e.EMBEDDINGS_URL === undefined
        ? null
        : { url: e.EMBEDDINGS_URL, model: e.EMBEDDINGS_MODEL, key: e.EMBEDDINGS_KEY },
    urlSources: e.URL_SOURCES,
    roles: e.WORKER_ROLES,
    trainerConcurrency: once ? 1 : (e.TRAINER_CONCURRENCY ?? null),
    backendProbeMs: e.BACKEND_PROBE_MS,
    cpuConcurrency: once ? 1 : e.CPU_CONCURRENCY,
    queuePrefix: e.QUEUE_PREFIX,
    heartbeatIntervalMs: e.HEARTBEAT_INTERVAL_MS,
    lockDurationMs: e.LOCK_DURATION_MS,
    stalledIntervalMs: e.STALLED_INTERVAL_MS,
    staleAfterMs: e.STALE_AFTER_MS,
    reconcileIntervalMs: e.RECONCILE_INTERVAL_MS,
    reconcileStaleMs: e.RECONCILE_STALE_MS,
    standInAfterMs: e.STAND_IN_AFTER_MS,
    checkpointPlace,
    checkpointIntervalMs: e.CHECKPOINT_INTERVAL_MS,
    trainerSilenceMs: e.TRAINER_SILENCE_MS,
    readerMemoryBytes: (e.READER_MEMORY_MB ?? 0) * 2 ** 20 || READER_LIMITS.memoryBytes,
    readerStallMs: e.READER_STALL_MS,
    maxStoredRows: e.QUOTA_STORED_ROWS || undefined,
    shutdownGraceMs: e.SHUTDOWN_GRACE_MS,
    once,
    onceIdleMs: e.ONCE_IDLE_MS,
    retention: retentionAges(e),
    webhookTimeoutMs: e.WEBHOOK_TIMEOUT_MS,
    webhookPrivateAddresses: e.WEBHOOK_PRIVATE_ADDRESSES,
    logLevel: e.LOG_LEVEL,
    healthHost: e.HEALTH_HOST,
    healthPort: e.HEALTH_PORT ?? null,
    gpuDevices: e.CUDA_VISIBLE_DEVICES?.split(",").map((device) => device.trim()) ?? null,
    tracing: isTracing(e),
  };
}

/** Of a process that tries a backend for the command. */
export const probeEnvironment = (): Record<string, string> => childEnvironment(process.env);

/** Of a trainer's process, which gets its settings in a message. The S3 library may find credentials itself. */
export const trainerEnvironment = (place: CheckpointPlace): Record<string, string> => ({
  ...childEnvironment(process.env, place.type === "s3" && !place.credentials ? ["AWS_"] : []),
  // The worker has logged this warning. A child's stderr is for the error that it died of.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});
