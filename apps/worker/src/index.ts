/** The worker's face: its settings, for those who start it, and its parts, for tests. */
export { readConfig, WORKER_SETTINGS, type WorkerConfig } from "./config.js";
export type { DownloadLimits } from "./files/download.js";
export { openStorage } from "./files/storage.js";
export { ingestDataset } from "./handlers/dataset-ingest.js";
export { type Network, PUBLIC_NETWORK } from "./network/guarded-agent.js";
export { isPublicAddress } from "./network/public-address.js";
export { reconcile } from "./orchestrator/reconciler.js";
export { type DelivererOptions, startDeliverer } from "./orchestrator/webhooks/deliverer.js";
export { entryId, openQueues, type Queues } from "./queue/producer.js";
export { createMetrics } from "./service/metrics.js";
export { asAppError } from "./tasks/errors.js";
export type { Handler, HandlerDeps } from "./tasks/handler.js";
export { startHeartbeat } from "./tasks/heartbeat.js";
export { retryOnOutage } from "./tasks/outages.js";
export { Stop } from "./tasks/stop.js";
