import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  RETENTION_ENVIRONMENT,
  type RetentionAges,
  retentionAges,
  WORKER_ROLES,
  type WorkerRole,
} from "@winnow/contracts";
import { DEFAULT_STORAGE_DIR, folderPath } from "@winnow/storage";
import { z } from "zod";
import type { CheckpointPlace } from "./checkpoints/place.js";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const count = (fallback: number) => z.coerce.number().int().min(1).max(1024).default(fallback);
const milliseconds = (fallback: number) =>
  z.coerce.number().int().min(100).max(86_400_000).default(fallback);
const roles = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((role) => role.trim())
      .filter((role) => role !== ""),
  )
  .pipe(z.array(z.enum(WORKER_ROLES)).min(1))
  .transform((list) => new Set<WorkerRole>(list));

/** Every variable the worker reads. `.env.example` is held against these keys. */
export const ENVIRONMENT = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must begin with postgres://"),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, "must begin with redis:// or rediss://"),
  STORAGE_DIR: z.string().default(DEFAULT_STORAGE_DIR),
  INGEST_ROOT: z.string().optional(),
  MODELS_DIR: z.string().optional(),
  URL_SOURCES: z.enum(["true", "false"]).default("false"),
  WORKER_ROLES: roles.default(new Set(WORKER_ROLES)),
  TRAINER_CONCURRENCY: z.coerce.number().int().min(1).max(1024).optional(),
  CPU_CONCURRENCY: count(2),
  QUEUE_PREFIX: z.string().min(1).max(100).default("{winnow}"),
  HEARTBEAT_INTERVAL_MS: milliseconds(1_000),
  LOCK_DURATION_MS: milliseconds(60_000),
  STALLED_INTERVAL_MS: milliseconds(30_000),
  STALE_AFTER_MS: milliseconds(15_000),
  RECONCILE_INTERVAL_MS: milliseconds(30_000),
  RECONCILE_STALE_MS: milliseconds(75_000),
  CHECKPOINT_INTERVAL_MS: milliseconds(60_000),
  CHECKPOINT_STORE: z.enum(["folder", "s3"]).default("folder"),
  S3_BUCKET: z.string().optional(),
  S3_PREFIX: z.string().default("winnow/checkpoints/"),
  S3_REGION: z.string().default("us-east-1"),
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_PATH_STYLE: z.enum(["true", "false"]).optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  TRAINER_SILENCE_MS: milliseconds(900_000),
  SHUTDOWN_GRACE_MS: milliseconds(25_000),
  ...RETENTION_ENVIRONMENT,
  WEBHOOK_TIMEOUT_MS: milliseconds(15_000),
  WEBHOOK_PRIVATE_ADDRESSES: z.enum(["true", "false"]).default("false"),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  HEALTH_HOST: z.string().default("0.0.0.0"),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  CUDA_VISIBLE_DEVICES: z.string().optional(),
});

/** The settings of one worker process; times in milliseconds. */
export interface WorkerConfig {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Absolute. */
  readonly storageDir: string;
  /** Absolute; null: sources of type `path` are off. */
  readonly ingestRoot: string | null;
  /** Absolute; null: no training starts from a checkpoint. */
  readonly modelsDir: string | null;
  /** Whether sources of type `url` are fetched. */
  readonly urlSources: boolean;
  readonly roles: ReadonlySet<WorkerRole>;
  /** null: decided by the backend that the worker finds. */
  readonly trainerConcurrency: number | null;
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
  readonly checkpointPlace: CheckpointPlace;
  /** How much of a fold's training may be lost with its process. */
  readonly checkpointIntervalMs: number;
  /** A trainer's process that says nothing for so long hangs, and is killed. */
  readonly trainerSilenceMs: number;
  readonly shutdownGraceMs: number;
  readonly retention: RetentionAges;
  /** How long a webhook's receiver may take to answer. */
  readonly webhookTimeoutMs: number;
  /** Whether webhooks may go to addresses that are not public. */
  readonly webhookPrivateAddresses: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly healthHost: string;
  /** null: no health port. */
  readonly healthPort: number | null;
  /** The GPUs that this process may use, as CUDA names them; null: all. */
  readonly gpuDevices: readonly string[] | null;
}

/** The settings are wrong; `faults` names every one of them. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(`The worker's settings are wrong:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

/** Reads the settings from the environment. Throws `ConfigError` with all faults at once. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  // An empty variable is an unset one: compose files pass empty strings for what is not given.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = ENVIRONMENT.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`));
  }
  const e = parsed.data;
  const faults: string[] = [];
  if (e.STALE_AFTER_MS < 2 * e.HEARTBEAT_INTERVAL_MS) {
    faults.push("STALE_AFTER_MS: must be at least twice HEARTBEAT_INTERVAL_MS");
  }
  // A dead worker's task comes again when its lock has run out. Were its heartbeat still fresh
  // then, nobody would take it over.
  if (e.STALE_AFTER_MS > e.LOCK_DURATION_MS / 2) {
    faults.push("STALE_AFTER_MS: must be at most half of LOCK_DURATION_MS");
  }
  if (e.RECONCILE_STALE_MS < e.STALE_AFTER_MS) {
    faults.push("RECONCILE_STALE_MS: must be at least STALE_AFTER_MS");
  }
  const checkpointPlace = placeOf(e, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    storageDir: resolve(e.STORAGE_DIR),
    ingestRoot: e.INGEST_ROOT === undefined ? null : resolve(e.INGEST_ROOT),
    modelsDir: e.MODELS_DIR === undefined ? null : resolve(e.MODELS_DIR),
    urlSources: e.URL_SOURCES === "true",
    roles: e.WORKER_ROLES,
    trainerConcurrency: e.TRAINER_CONCURRENCY ?? null,
    cpuConcurrency: e.CPU_CONCURRENCY,
    queuePrefix: e.QUEUE_PREFIX,
    heartbeatIntervalMs: e.HEARTBEAT_INTERVAL_MS,
    lockDurationMs: e.LOCK_DURATION_MS,
    stalledIntervalMs: e.STALLED_INTERVAL_MS,
    staleAfterMs: e.STALE_AFTER_MS,
    reconcileIntervalMs: e.RECONCILE_INTERVAL_MS,
    reconcileStaleMs: e.RECONCILE_STALE_MS,
    checkpointPlace,
    checkpointIntervalMs: e.CHECKPOINT_INTERVAL_MS,
    trainerSilenceMs: e.TRAINER_SILENCE_MS,
    shutdownGraceMs: e.SHUTDOWN_GRACE_MS,
    retention: retentionAges(e),
    webhookTimeoutMs: e.WEBHOOK_TIMEOUT_MS,
    webhookPrivateAddresses: e.WEBHOOK_PRIVATE_ADDRESSES === "true",
    logLevel: e.LOG_LEVEL,
    healthHost: e.HEALTH_HOST,
    healthPort: e.HEALTH_PORT ?? null,
    gpuDevices: e.CUDA_VISIBLE_DEVICES?.split(",").map((device) => device.trim()) ?? null,
  };
}

/** Where checkpoints go; what is missing is added to `faults`. */
function placeOf(e: z.infer<typeof ENVIRONMENT>, faults: string[]): CheckpointPlace {
  if (e.CHECKPOINT_STORE === "folder") {
    return { type: "folder", folder: folderPath(resolve(e.STORAGE_DIR), "checkpoints") };
  }
  if (e.S3_BUCKET === undefined) faults.push("S3_BUCKET: must be set for CHECKPOINT_STORE=s3");
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = e;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    faults.push("S3_ACCESS_KEY_ID: goes with S3_SECRET_ACCESS_KEY; set both or none");
  }
  return {
    type: "s3",
    bucket: e.S3_BUCKET ?? "",
    prefix: e.S3_PREFIX === "" || e.S3_PREFIX.endsWith("/") ? e.S3_PREFIX : `${e.S3_PREFIX}/`,
    region: e.S3_REGION,
    endpoint: e.S3_ENDPOINT ?? null,
    // Servers of one's own seldom have a host name for each bucket.
    pathStyle: e.S3_PATH_STYLE ? e.S3_PATH_STYLE === "true" : e.S3_ENDPOINT !== undefined,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
  };
}

/** Folds trained at once on the CPU: one wasm process keeps one core busy. */
export const cpuTrainerConcurrency = (): number => Math.min(2, availableParallelism());

/** The environment of a trainer's process: this one's. */
export const trainerEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  // The worker has logged this warning. A child's stderr is for the error that it died of.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});
