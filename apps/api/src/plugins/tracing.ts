import { describeJob, JOB_KINDS, type Job, jobRouteName, ROUTES } from "@winnow/contracts";
import type { Span, Tracing } from "@winnow/tracing";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** Of a request that may queue a job, where traces are on. */
    span: Span | null;
  }
}

/** Only these: the polls of those who wait for a job would fill every trace. */
const QUEUEING: ReadonlySet<string | undefined> = new Set([
  ROUTES.retryJob.path,
  ...JOB_KINDS.flatMap((kind) => [ROUTES[jobRouteName(kind)].path, describeJob(kind).alias?.path]),
]);

/**
 * Begins a span for each request that may queue a job, below that of the caller's header `traceparent`.
 * To be registered after what refuses strangers: they cannot fill the collector.
 */
export function registerTracing(app: FastifyInstance, tracing: Tracing | null): void {
  app.decorateRequest("span", null);
  if (tracing === null) return;
  app.addHook("onRequest", async (request, reply) => {
    const { url: route } = request.routeOptions;
    if (request.method !== "POST" || route === undefined || !QUEUEING.has(route)) return;
    const { traceparent } = request.headers;
    const span = tracing.start(
      `POST ${route}`,
      typeof traceparent === "string" ? traceparent : null,
      {
        kind: "server",
        startedAt: Date.now() - reply.elapsedTime,
        attributes: {
          "http.request.method": "POST",
          "http.route": route,
          "winnow.request.id": request.id,
        },
      },
    );
    request.span = span;
    request.log = request.log.child({ trace_id: span.traceId });
    reply.log = request.log;
  });
  app.addHook("onResponse", async (request, reply) => {
    const { span, problemCode } = request;
    if (span === null) return;
    span.set({ "http.response.status_code": reply.statusCode });
    if (problemCode !== null) span.fail(problemCode);
    span.end();
  });
}

/** Says in the request's span which job it has queued. */
export function traceQueued(span: Span | null, { id, kind, datasetId, retryOf }: Job): void {
  span?.set({
    "winnow.job.id": id,
    "winnow.job.kind": kind,
    "winnow.dataset.id": datasetId,
    "winnow.retry_of": retryOf,
  });
}
