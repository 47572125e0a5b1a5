/** Traces of jobs: from the request over the outbox and the queue into a worker and its trainer's child. */
export { isTracing, TRACING_SETTINGS } from "./settings.js";
export type { Attributes, Span, SpanOptions, Tracing, TracingOptions } from "./spans.js";
export { openTracing } from "./tracing.js";
