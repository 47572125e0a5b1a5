import { ANY_NETWORK, PUBLIC_NETWORK } from "@winnow/network";
import type { Store } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";
import type { Logger } from "pino";
import type { WorkerConfig } from "../config.js";
import { startExperiments } from "../orchestrator/experiments.js";
import { startReconciler } from "../orchestrator/reconciler.js";
import { startRelay } from "../orchestrator/relay.js";
import type { Repeated } from "../orchestrator/repeat.js";
import { startRetention } from "../orchestrator/retention.js";
import { startDeliverer } from "../orchestrator/webhooks/deliverer.js";
import type { Queues } from "../queue/producer.js";
import { diedOfMemory } from "./memory-watch.js";

export interface Orchestrator {
  /** Looks for entries that the old Redis had, and the new one does not. */
  onFailover(): void;
  end(): Promise<void>;
}

/** Starts the loops of the orchestrator role. */
export function startOrchestrator(
  config: WorkerConfig,
  store: Store,
  queues: Queues,
  tracing: Tracing | null,
  log: Logger,
): Orchestrator {
  const reconciler = startReconciler({
    store,
    queues,
    intervalMs: config.reconcileIntervalMs,
    staleMs: config.reconcileStaleMs,
    diedOfMemory: diedOfMemory(config.storageDir),
    stagingKeptMs: config.retention.checkpoints,
    log: log.child({ part: "reconciler" }),
  });
  const loops: Repeated[] = [
    reconciler,
    startRelay(store, queues, tracing, log.child({ part: "relay" })),
    startExperiments(store, log.child({ part: "experiments" })),
    startRetention({
      store,
      queues,
      storageDir: config.storageDir,
      ages: config.retention,
      log: log.child({ part: "retention" }),
    }),
    startDeliverer({
      store,
      network: config.webhookPrivateAddresses ? ANY_NETWORK : PUBLIC_NETWORK,
      timeoutMs: config.webhookTimeoutMs,
      tracing,
      log: log.child({ part: "webhooks" }),
    }),
  ];
  return {
    onFailover: reconciler.afterLoss,
    async end() {
      await Promise.all(loops.map((loop) => loop.end()));
    },
  };
}
