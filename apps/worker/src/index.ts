/** The worker's entry point: its settings, and the parts that tests and the reference pages use. */
export { readConfig, WORKER_SETTINGS, type WorkerConfig } from "./config.js";
export { openStorage } from "./files/storage.js";
export { ingestDataset } from "./handlers/dataset-ingest.js";
export { type DelivererOptions, startDeliverer } from "./orchestrator/webhooks/deliverer.js";
export { openQueues } from "./queue/producer.js";
export { createMetrics } from "./service/metrics.js";
export { startWorker, type Worker } from "./service/start-worker.js";
export type { Handler, HandlerRegistry } from "./tasks/handler.js";
export { startHeartbeat } from "./tasks/heartbeat.js";
export { retryOnOutage } from "./tasks/outages.js";
