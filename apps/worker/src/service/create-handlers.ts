import { PUBLIC_NETWORK } from "@winnow/network";
import { Readers } from "@winnow/reader";
import { trainerEnvironment, type WorkerConfig } from "../config.js";
import { openStorage } from "../files/storage.js";
import { createRegistry } from "../handlers/registry.js";
import type { HandlerRegistry } from "../tasks/handler.js";
import type { TrainerBackends } from "../trainer/backends.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Devices } from "../trainer/devices.js";

const CHILD_KILL_AFTER_MS = 30_000;
/** A child must have ended before the worker's own shutdown deadline. */
const SHARE_OF_GRACE = 0.8;

/** The handlers of this worker, from its settings. */
export function createHandlers(
  config: WorkerConfig,
  backends: TrainerBackends,
  devices: Devices,
  breaker: Breaker,
): HandlerRegistry {
  return createRegistry({
    storage: openStorage(
      config.storageDir,
      config.ingestRoot,
      config.urlSources ? PUBLIC_NETWORK : null,
    ),
    readers: new Readers({
      memoryBytes: config.readerMemoryBytes,
      stallMs: config.readerStallMs,
    }),
    quota: { maxStoredRows: config.maxStoredRows },
    trainer: {
      databaseUrl: config.databaseUrl,
      directDatabaseUrl: config.directDatabaseUrl,
      storageDir: config.storageDir,
      checkpointPlace: config.checkpointPlace,
      modelsDir: config.modelsDir,
      embeddings: config.embeddings,
      checkpointIntervalMs: config.checkpointIntervalMs,
      env: trainerEnvironment(config.checkpointPlace),
      backends,
      devices,
      silenceMs: config.trainerSilenceMs,
      breaker,
      killAfterMs: Math.min(CHILD_KILL_AFTER_MS, config.shutdownGraceMs * SHARE_OF_GRACE),
    },
  });
}
