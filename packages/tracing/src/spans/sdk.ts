import { setTimeout as sleep } from "node:timers/promises";
import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, parseTraceParent } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { Attributes, Span, SpanOptions, Tracing, TracingOptions } from "./spans.js";

// The only file that loads OpenTelemetry's library. Parents are handed over by hand, so nothing is
// registered for the whole process and no call of another library is wrapped.

/** A collector that does not answer must not hold up a shutdown for longer. */
const FLUSH_MS = 2_000;
const COMPLAIN_EVERY_MS = 60_000;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Starts to send spans where the standard variables say. */
export function startTracing({ service, version, instance, onError }: TracingOptions): Tracing {
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        "service.name": service,
        "service.version": version,
        "service.instance.id": instance,
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
  const complain = seldom(onError);
  const exporter = new ToldExporter(new OTLPTraceExporter(), complain);
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("winnow", version);
  return {
    start: (name, parent, options) => begin(tracer, name, contextOf(parent), options),
    async close() {
      const sent = new AbortController();
      const late = sleep(FLUSH_MS, undefined, sent).then(
        () => complain(new Error(`The collector did not answer within ${FLUSH_MS} ms at the end.`)),
        () => {},
      );
      await Promise.race([provider.shutdown().catch(complain), late]);
      sent.abort();
    },
  };
}

/** A header of anybody may stand here. */
function contextOf(traceParent: string | null): Context {
  const parent = traceParent === null ? null : parseTraceParent(traceParent);
  if (parent === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function begin(tracer: Tracer, name: string, parent: Context, options: SpanOptions = {}): Span {
  const { kind = "internal", startedAt, attributes = {} } = options;
  const span = tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      attributes: present(attributes),
      // As a number it would count from the start of the process where it is small.
      ...(startedAt !== undefined && { startTime: new Date(startedAt) }),
    },
    parent,
  );
  const { traceId } = span.spanContext();
  return {
    traceId,
    traceParent: traceParentOf(span),
    child: (childName, childOptions) =>
      begin(tracer, childName, trace.setSpan(ROOT_CONTEXT, span), childOptions),
    set: (more) => void span.setAttributes(present(more)),
    event: (eventName, more = {}) => void span.addEvent(eventName, present(more)),
    fail(code) {
      span.setAttribute("error.type", code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    },
    end: (at) => span.end(at === undefined ? undefined : new Date(at)),
  };
}

function traceParentOf(span: OtelSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

const present = (attributes: Attributes): Record<string, string | number | boolean> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, value]],
    ),
  );

/** Says that spans were not sent, which the library itself keeps to its own log. */
class ToldExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #onError: (error: Error) => void;

  constructor(inner: SpanExporter, onError: (error: Error) => void) {
    this.#inner = inner;
    this.#onError = onError;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#inner.export(spans, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) {
        this.#onError(result.error ?? new Error("The collector did not take the spans."));
      }
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }
}

function seldom(onError: (error: Error) => void): (error: Error) => void {
  let next = 0;
  return (error) => {
    if (performance.now() < next) return;
    next = performance.now() + COMPLAIN_EVERY_MS;
    onError(error);
  };
}
