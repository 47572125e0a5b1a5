import {
  DATABASE_SETTINGS,
  flag,
  oneOf,
  RETENTION_SETTINGS,
  SHARED_SETTINGS,
  WORKER_ROLES,
  type WorkerRole,
  wholeNumber,
} from "@winnow/contracts";
import { TRACING_SETTINGS } from "@winnow/tracing";
import { z } from "zod";
import { CHECKPOINT_SETTINGS } from "../checkpoints/settings.js";

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
