import { resolve } from "node:path";
import {
  ConfigError,
  childEnvironment,
  type Environment,
  type LogLevel,
  parseSettings,
  type RetentionAges,
  retentionAges,
  type WorkerRole,
} from "@winnow/contracts";
import { READER_LIMITS } from "@winnow/reader";
import type { DatabaseUrls } from "@winnow/store";
import { isTracing } from "@winnow/tracing";
import type { CheckpointPlace } from "./checkpoints/place.js";
import { placeOf } from "./checkpoints/settings.js";
import { WORKER_SETTINGS } from "./settings/worker-settings.js";

export { WORKER_SETTINGS };

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
    readerMemoryBytes:
      e.READER_MEMORY_MB === undefined ? READER_LIMITS.memoryBytes : e.READER_MEMORY_MB * 2 ** 20,
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
