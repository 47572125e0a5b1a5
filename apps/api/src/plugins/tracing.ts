import { describeJob, JOB_KINDS, type Job, jobRouteName, ROUTES } from "@winnow/contracts";
import type { Span, Tracing } from "@winnow/tracing";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { endStreaming, type Streaming } from "./export-spans.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Of a request that may queue a job or exports a dataset, where traces are on. */
    span: Span | null;
    /** Of a traced request that exports a dataset. */
    streaming: Streaming | null;
  }
}

/** Only these: the polls of those who wait for a job would fill every trace. */
const TRACED: ReadonlySet<string> = new Set([
  ...[
    ROUTES.retryJob.path,
    ...JOB_KINDS.flatMap((kind) => [
      ROUTES[jobRouteName(kind)].path,
      describeJob(kind).alias?.path,
    ]),
  ].map((path) => `POST ${path}`),
  `GET ${ROUTES.exportPruning.path}`,
  `GET ${ROUTES.exportDatasetFolder.path}`,
]);

/** The code of an answer that its client did not wait for. */
const ABORTED = "aborted";

/**
 * Begins a span for each request that may queue a job or exports a dataset, below that of the caller's
 * header `traceparent`.
 * To be registered after what refuses strangers: they cannot fill the collector.
 */
export function registerTracing(app: FastifyInstance, tracing: Tracing | null): void {
  app.decorateRequest("span", null);
  app.decorateRequest("streaming", null);
  if (tracing === null) return;
  app.addHook("onRequest", async (request, reply) => {
    const { method } = request;
    const { url: route } = request.routeOptions;
    const name = `${method} ${route}`;
    if (!TRACED.has(name)) return;
    const { traceparent } = request.headers;
    const span = tracing.start(name, typeof traceparent === "string" ? traceparent : null, {
      kind: "server",
      startedAt: Date.now() - reply.elapsedTime,
      attributes: {
        "http.request.method": method,
        "http.route": route,
        "winnow.request.id": request.id,
      },
    });
    request.span = span;
    request.log = request.log.child({ trace_id: span.traceId });
    reply.log = request.log;
    // The hook onResponse is not called where the client has left.
    reply.raw.once("close", () => endRequest(span, request, reply));
  });
}

function endRequest(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  const fault = faultOf(request, reply);
  if (request.streaming !== null) endStreaming(request.streaming, fault);
  if (reply.raw.headersSent) span.set({ "http.response.status_code": reply.statusCode });
  if (fault !== null) span.fail(fault);
  span.end();
}

function faultOf(request: FastifyRequest, { raw }: FastifyReply): string | null {
  const { problemCode, streaming, method } = request;
  const broken = problemCode ?? streaming?.fault ?? null;
  // A job is queued whether or not its client waits for the answer.
  if (broken !== null || method === "POST") return broken;
  return raw.writableFinished ? null : ABORTED;
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
