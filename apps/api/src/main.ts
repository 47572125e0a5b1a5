import { join } from "node:path";
import { openStore } from "@winnow/store";
import closeWithGrace from "close-with-grace";
import { buildApp } from "./app.js";
import { ConfigError, readConfig } from "./config.js";
import { createLogger } from "./plugins/request-log.js";
import { openRedisProbe } from "./redis-probe.js";
import { removeAbandonedUploads } from "./uploads/sweep.js";

/** After a signal and the drain, open requests get this long (docker kills after 10 s); then exit code 1. */
const graceMs = 9_000;

const config = configOrExit();
const logger = createLogger(config.logLevel);
const store = openStore({
  databaseUrl: config.databaseUrl,
  applicationName: "winnow-api",
  maxConnections: 20,
  onError: (err) => logger.warn({ err }, "an idle database connection broke"),
});
const redis = config.redisUrl === undefined ? null : openRedisProbe(config.redisUrl);
const app = await buildApp({
  store,
  config,
  logger,
  redis,
  drainMs: config.drainMs,
  processMetrics: true,
});

const grace = closeWithGrace(
  { delay: config.drainMs + graceMs, logger },
  async ({ err, signal }) => {
    if (err) logger.error({ err }, "closing after an error");
    else logger.info({ signal }, "closing");
    await app.close();
    redis?.close();
    await store.close();
  },
);
// Forked, and the process that did it is gone: so is whoever needed the service.
if (process.send) process.once("disconnect", () => grace.close());
if (process.send && !process.connected) grace.close();

await removeAbandonedUploads(join(config.storageDir, "uploads"), store, Date.now()).catch((err) =>
  logger.warn({ err }, "what earlier uploads left could not be removed"),
);
const url = await app.listen({ host: config.host, port: config.port });
if (process.connected) process.send?.({ type: "listening", url });

function configOrExit() {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
