/** The worker's face: its settings, for those who start it, and its parts, for tests. */
export { ConfigError, ENVIRONMENT, readConfig, type WorkerConfig } from "./config.js";
export type { DownloadLimits } from "./download/download.js";
export { type Network, PUBLIC_NETWORK } from "./download/guarded-agent.js";
export { isPublicAddress } from "./download/public-address.js";
export { asAppError } from "./errors.js";
export { type Handler, type HandlerDeps, Stop } from "./handler.js";
export { startHeartbeat } from "./heartbeat.js";
export { outlastingOutages } from "./outages.js";
export { entryId, openQueues, type Queues } from "./queues.js";
export { reconcile } from "./reconciler.js";
export { REGISTRY } from "./registry.js";
export { openStorage } from "./storage.js";
export { type DelivererOptions, startDeliverer } from "./webhooks/deliverer.js";
