import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import helmet from "@fastify/helmet";
import type { Store } from "@winnow/store";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { Slots } from "../access/limiter.js";
import { EventFeed } from "../events/event-feed.js";
import { registerAccess } from "../plugins/access.js";
import { registerAudit } from "../plugins/audit.js";
import { registerBodies } from "../plugins/bodies.js";
import { answerBrokenRequest } from "../plugins/broken-request.js";
import { registerErrorPages } from "../plugins/error-pages.js";
import { registerMetrics } from "../plugins/metrics.js";
import { registerOpenapi } from "../plugins/openapi.js";
import { registerPressure } from "../plugins/pressure.js";
import { registerProblems, sendProblem } from "../plugins/problems.js";
import { type QueueBoard, registerQueueBoard } from "../plugins/queue-board.js";
import { type RateLimit, registerRateLimit } from "../plugins/rate-limit.js";
import { RequestLog } from "../plugins/request-log.js";
import type { RedisProbe } from "../queue/redis-probe.js";
import { auditHandlers } from "../routes/audit.js";
import { crossValidationHandlers } from "../routes/cross-validations.js";
import { datasetHandlers } from "../routes/datasets.js";
import type { Deps } from "../routes/deps.js";
import { jobHandlers } from "../routes/jobs.js";
import { newJobHandlers } from "../routes/new-jobs.js";
import { pruningHandlers } from "../routes/prunings.js";
import { serviceHandlers } from "../routes/service.js";
import { uploadHandlers } from "../routes/uploads.js";
import { webhookHandlers } from "../routes/webhooks.js";
import { type Handlers, registerRoute } from "../routing/route.js";
import { registerUploadBodies } from "../uploads/upload-body.js";

export interface AppOptions {
  readonly store: Store;
  readonly config: Deps["config"];
  readonly logger: FastifyBaseLogger;
  readonly redis?: RedisProbe | null;
  /** Downloads at a time; each holds a connection of the store's pool. */
  readonly maxDownloads?: number;
  /** How often new events are looked for while somebody watches, and when silence is broken. */
  readonly events?: { readonly pollMs?: number; readonly heartbeatMs?: number };
  /** Whether /metrics also tells of the process; for one app a process. */
  readonly processMetrics?: boolean;
  /** How long the closing app still takes new connections, unready already. */
  readonly drainMs?: number;
  /** The mean delay of the event loop above which requests are turned away with 503. */
  readonly maxEventLoopDelayMs?: number;
  /** Without it nobody is slowed down. */
  readonly rateLimit?: RateLimit;
  /** The page over the queues; closed by whoever opened its queues. */
  readonly queueBoard?: QueueBoard;
}

const jsonBodyBytes = 2 * 2 ** 20;

/** A client that neither sends nor takes a byte for so long is gone; longer than any long poll. */
const stalledAfterMs = 120_000;

/** The API as a Fastify instance that does not listen. Closing it leaves the store open. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    bodyLimit: jsonBodyBytes,
    connectionTimeout: stalledAfterMs,
    // A request that comes in while the app closes is still answered.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const closing = new AbortController();
  // Every event stream listens.
  setMaxListeners(0, closing.signal);
  let hangUp: NodeJS.Timeout | undefined;
  app.addHook("preClose", async () => {
    closing.abort();
    // Whoever spreads the requests hears of it from the readiness, and clients from each answer's
    // Connection: close; only then are connections refused.
    if (options.drainMs) await sleep(options.drainMs);
    // A connection kept alive after its last answer would hold the close until its timeout.
    hangUp = setInterval(() => app.server.closeIdleConnections(), 50).unref();
  });
  app.addHook("onClose", async () => clearInterval(hangUp));
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });

  registerProblems(app);
  registerBodies(app);
  await registerPressure(app, options.maxEventLoopDelayMs ?? 2_000);
  const mode = registerAccess(app, options.store, options.config.trustedNetwork ?? false);
  registerAudit(app, options.store);
  if (options.rateLimit) await registerRateLimit(app, options.rateLimit);
  await app.register(helmet, {
    // This server speaks plain HTTP: TLS, and what enforces it, is of the proxy in front.
    contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } },
    strictTransportSecurity: false,
  });
  await registerOpenapi(app);
  registerErrorPages(app);
  if (options.queueBoard) await registerQueueBoard(app, options.queueBoard, mode);

  const events = new EventFeed(options.store, {
    pollMs: options.events?.pollMs ?? 250,
    onError: (err) => app.log.warn({ err }, "new events could not be read"),
  });
  const deps: Deps = {
    store: options.store,
    config: options.config,
    redis: options.redis ?? null,
    downloads: new Slots(options.maxDownloads ?? 8, "downloads"),
    events,
    metrics: registerMetrics(app, {
      store: options.store,
      eventStreams: () => events.readers,
      ofProcess: options.processMetrics ?? false,
    }),
    heartbeatMs: options.events?.heartbeatMs ?? 15_000,
    closing: closing.signal,
  };
  await registerContract(app, {
    ...uploadHandlers(deps),
    ...newJobHandlers(deps),
    ...jobHandlers(deps),
    ...datasetHandlers(deps),
    ...crossValidationHandlers(deps),
    ...pruningHandlers(deps),
    ...auditHandlers(deps),
    ...webhookHandlers(deps),
    ...serviceHandlers(deps),
  });
  app.get("/", { schema: { hide: true }, config: { scope: "public" } }, (_request, reply) =>
    reply.redirect("/docs"),
  );
  return app;
}

/** Every route of the contract; the bodies of uploads are read as no other's. */
async function registerContract(app: FastifyInstance, handlers: Handlers): Promise<void> {
  const { createUpload, appendUpload, ...others } = handlers;
  await app.register(async (scope) => {
    await registerUploadBodies(scope);
    registerRoute(scope, "createUpload", createUpload);
    registerRoute(scope, "appendUpload", appendUpload);
  });
  for (const name of Object.keys(others) as (keyof typeof others)[]) {
    registerRoute(app, name, others[name]);
  }
}
