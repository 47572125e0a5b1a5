export { API_SETTINGS, type ApiConfig, readConfig } from "./config.js";
export { openMetrics } from "./plugins/metrics.js";
export { QUEUE_BOARD_PATH, type QueueBoard } from "./plugins/queue-board.js";
export { openRateLimitRedis, type RateLimit } from "./plugins/rate-limit.js";
export { createLogger } from "./plugins/request-log.js";
export { openShownQueues, type ShownQueues } from "./queue/queues.js";
export { type AppOptions, buildApp } from "./service/app.js";
