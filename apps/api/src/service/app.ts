import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import helmet from "@fastify/helmet";
import type { RedisAddress } from "@winnow/redis";
import type { Store } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { Limiter } from "../access/limiter.js";
import { EventFeed } from "../events/event-feed.js";
import { registerAccess } from "../plugins/access.js";
import { registerAudit } from "../plugins/audit.js";
import { registerBodies, registerEncodings } from "../plugins/bodies.js";
import { type LeastPace, registerConnections } from "../plugins/connections.js";
import { registerCors } from "../plugins/cors.js";
import { registerErrorPages } from "../plugins/error-pages.js";
import { registerMethods } from "../plugins/methods.js";
import { registerMetrics } from "../plugins/metrics.js";
import { registerOpenapi } from "../plugins/openapi.js";
import { openPage, PAGE_FOLDER } from "../plugins/page.js";
import { registerPressure } from "../plugins/pressure.js";
import { registerProblems, sendProblem } from "../plugins/problems.js";
import { type QueueBoard, registerQueueBoard } from "../plugins/queue-board.js";
import { type RateLimit, registerRateLimit } from "../plugins/rate-limit.js";
import { RequestLog } from "../plugins/request-log.js";
import { registerTracing } from "../plugins/tracing.js";
import { answerBrokenRequest } from "../problems/broken-request.js";
import { auditHandlers } from "../routes/audit.js";
import { crossValidationHandlers } from "../routes/cross-validations.js";
import { datasetHandlers } from "../routes/datasets.js";
import { experimentHandlers } from "../routes/experiments.js";
import { jobHandlers } from "../routes/jobs.js";
import { newJobHandlers } from "../routes/new-jobs.js";
import { pruningHandlers } from "../routes/prunings.js";
import { receiptHandlers } from "../routes/receipts.js";
import { reviewSampleHandlers } from "../routes/review-samples.js";
import { reviewHandlers } from "../routes/reviews.js";
import { serviceHandlers } from "../routes/service.js";
import { uploadHandlers } from "../routes/uploads.js";
import { webhookHandlers } from "../routes/webhooks.js";
import type { Deps } from "../routing/deps.js";
import { type Handlers, registerRoute } from "../routing/route.js";
import { validatorCompiler } from "../routing/validation.js";
import { registerUploadBodies } from "../uploads/upload-body.js";

export interface AppOptions {
  readonly store: Store;
  readonly config: Deps["config"];
  readonly logger: FastifyBaseLogger;
  readonly redis?: Pick<RedisAddress, "check"> | null;
  /** Downloads at a time; each uses a connection to Postgres. */
  readonly maxDownloads?: number;
  /** How often events are polled while a client follows a job, and the pause before a heartbeat. */
  readonly events?: { readonly pollMs?: number; readonly heartbeatMs?: number };
  /** Whether `/metrics` includes the process itself: at most one app in a process can. */
  readonly processMetrics?: boolean;
  /** Without it nothing is traced. Closing the app leaves it open. */
  readonly tracing?: Tracing | null;
  /** How long the closing app, already unready, still accepts connections. */
  readonly drainMs?: number;
  /** Mean delay of the event loop above which requests get 503. */
  readonly maxEventLoopDelayMs?: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs?: number;
  /** Of clients that send or read. */
  readonly leastPace?: LeastPace;
  /** Without it there is no limit. */
  readonly rateLimit?: RateLimit;
  /** The page of the queues. Closing the app leaves its queues open. */
  readonly queueBoard?: QueueBoard;
  /** The built page; default: where the set-up puts it. */
  readonly pageFolder?: string;
}

/** Downloads of a process. */
export const MAX_DOWNLOADS = 8;

/** A client that neither sends nor reads for this long is gone; longer than any long poll. */
const IDLE_TIMEOUT_MS = 120_000;

const HEADERS_TIMEOUT_MS = 20_000;

/** The API as a Fastify instance that does not listen. Closing it leaves the store open. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    // Of routes that are not of the contract; those have their own.
    bodyLimit: 64 * 2 ** 10,
    connectionTimeout: IDLE_TIMEOUT_MS,
    http: {
      headersTimeout: options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    // Requests that arrive while the app closes are still served.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const closing = new AbortController();
  // Every event stream adds a listener.
  setMaxListeners(0, closing.signal);
  let closeIdle: NodeJS.Timeout | undefined;
  app.addHook("preClose", async () => {
    closing.abort();
    // Meanwhile proxies see that the app is unready, and clients see `Connection: close`. Only then
    // are connections refused.
    if (options.drainMs) await sleep(options.drainMs);
    // An idle keep-alive connection would delay the close until its timeout.
    closeIdle = setInterval(() => app.server.closeIdleConnections(), 50).unref();
  });
  app.addHook("onClose", async () => clearInterval(closeIdle));
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    // Texts, labels and ids stay out of the caches of browsers and proxies. Only the files of pages
    // set a header of their own.
    reply.header("cache-control", "no-store");
  });

  registerProblems(app);
  registerConnections(app, options.leastPace);
  const page = openPage(options.pageFolder ?? PAGE_FOLDER);
  registerMethods(app, page.answerLost);
  registerBodies(app);
  await registerPressure(app, options.maxEventLoopDelayMs ?? 2_000);
  await registerCors(app, options.config.corsOrigins ?? []);
  const mode = registerAccess(app, options.store, options.config);
  registerEncodings(app);
  registerAudit(app, options.store);
  if (options.rateLimit) await registerRateLimit(app, options.rateLimit);
  registerTracing(app, options.tracing ?? null);
  await app.register(helmet, {
    // This server speaks plain HTTP; TLS and HSTS are the task of the proxy in front of it.
    contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } },
    strictTransportSecurity: false,
  });
  await registerOpenapi(app, mode);
  registerErrorPages(app);
  if (options.queueBoard) await registerQueueBoard(app, options.queueBoard, mode);

  const { maxOfEach } = options.config;
  const events = new EventFeed(options.store, {
    pollMs: options.events?.pollMs ?? 250,
    onError: (err) => app.log.warn({ err }, "could not read new events"),
  });
  const deps: Deps = {
    store: options.store,
    config: options.config,
    redis: options.redis ?? null,
    downloads: new Limiter({
      what: "downloads",
      max: options.maxDownloads ?? MAX_DOWNLOADS,
      maxEach: maxOfEach?.downloads,
    }),
    eventStreams: new Limiter({ what: "event streams", maxEach: maxOfEach?.eventStreams }),
    longPolls: new Limiter({ what: "requests with `wait`", maxEach: maxOfEach?.longPolls }),
    uploads: new Limiter({ what: "uploads", maxEach: maxOfEach?.uploads }),
    events,
    metrics: registerMetrics(app, {
      store: options.store,
      eventStreams: () => events.readers,
      ofProcess: options.processMetrics ?? false,
      exemplars: (options.tracing ?? null) !== null,
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
    ...experimentHandlers(deps),
    ...reviewHandlers(deps),
    ...reviewSampleHandlers(deps),
    ...receiptHandlers(deps),
    ...auditHandlers(deps),
    ...webhookHandlers(deps),
    ...serviceHandlers(deps),
  });
  await page.register(app);
  return app;
}

/** Registers every route of the contract. Uploads have content type parsers of their own. */
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
