import { hostname } from "node:os";
import { ConfigError } from "@winnow/contracts";
import { openRedisAddress, prefixOf, probeKeyOf } from "@winnow/redis";
import { makeStorage } from "@winnow/storage";
import {
  assertDatabaseSuits,
  checkStorageFolder,
  openStore,
  readNamespace,
  removeAbandonedUploads,
} from "@winnow/store";
import { openTracing } from "@winnow/tracing";
import closeWithGrace from "close-with-grace";
import { readConfig } from "./config.js";
import { openRateLimitRedis } from "./plugins/rate-limit.js";
import { createLogger } from "./plugins/request-log.js";
import { VERSION } from "./plugins/version.js";
import { openShownQueues } from "./queue/queues.js";
import { untilDone } from "./queue/until-done.js";
import { buildApp, MAX_DOWNLOADS } from "./service/app.js";
import { assertMayListen } from "./service/listen.js";

/** Open requests get this long after a signal and the drain (docker kills after 10 s); then exit code 1. */
const GRACE_MS = 9_000;

/** A client's pace is its mean over this long. */
const PACE_WINDOW_MS = 60_000;

const config = orExit(readConfig);
const logger = createLogger(config.logLevel);
const store = orExit(() =>
  openStore({
    databaseUrl: config.databaseUrl,
    directDatabaseUrl: config.directDatabaseUrl,
    applicationName: "winnow-api",
    // Together 20. Each of the eight downloads holds one until it is read.
    maxConnections: 12,
    maxStreams: MAX_DOWNLOADS,
    onError: (err) => logger.warn({ err }, "an idle database connection was lost"),
  }),
);
await assertDatabaseSuits(store).catch(exitOnFault);
await assertMayListen(config, store).catch(exitOnFault);
const { rateLimitPerMinute: perMinute, queuePrefix } = config;
const { queueBoard: board, queueBoardWrites: writes } = config;
const redis =
  config.redisUrl === undefined
    ? null
    : openRedisAddress(config.redisUrl, { probeKey: probeKeyOf(queuePrefix) });
const counters = redis && openRateLimitRedis(redis.connect);
// The database may come up, or be migrated, after this process.
const ending = new AbortController();
let namespace: string | undefined;
const prefix = untilDone(() => readNamespace(store), ending.signal).then((found) => {
  namespace = found;
  return prefixOf(queuePrefix, found);
});
prefix.catch(() => {});
const queues = redis && board !== "false" ? openShownQueues({ redis, prefix, writes }) : null;
const tracing = await openTracing({
  on: config.tracing,
  service: "winnow-api",
  version: VERSION,
  instance: `${hostname()}-${process.pid}`,
  onError: (err) => logger.warn({ err }, "traces were not sent"),
});
const app = await buildApp({
  store,
  config,
  logger,
  redis,
  tracing,
  drainMs: config.drainMs,
  leastPace: { bytesPerSecond: config.leastBytesPerSecond, windowMs: PACE_WINDOW_MS },
  processMetrics: true,
  ...(perMinute === undefined
    ? {}
    : {
        rateLimit: { perMinute, redis: counters, prefix: queuePrefix, namespace: () => namespace },
      }),
  ...(queues === null ? {} : { queueBoard: { queues, always: board === "true", writes } }),
});

const grace = closeWithGrace(
  { delay: config.drainMs + GRACE_MS, logger },
  async ({ err, signal }) => {
    if (err) logger.error({ err }, "closing after an error");
    else logger.info({ signal }, "closing");
    ending.abort();
    await app.close();
    redis?.close();
    counters?.disconnect();
    await queues?.close();
    await store.close();
    await tracing?.close();
  },
);
// A forked API ends with its parent, which was its only user.
if (process.send) process.once("disconnect", () => grace.close());
if (process.send && !process.connected) grace.close();

await makeStorage(config.storageDir).catch((err) =>
  logger.warn({ err }, "could not close STORAGE_DIR to other users"),
);
// First whose folder it is: the files of another database would be abandoned in this one.
await checkStorageFolder(store, config.storageDir, "api")
  .then(() => removeAbandonedUploads(store, config.storageDir))
  .catch((err) => logger.warn({ err }, "what earlier uploads left was not removed"));
const url = await app.listen({ host: config.host, port: config.port });
if (process.connected) process.send?.({ type: "listening", url });

function orExit<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return exitOnFault(error);
  }
}

function exitOnFault(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
