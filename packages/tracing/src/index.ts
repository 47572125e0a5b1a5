/** Traces of jobs: from the request over the outbox and the queue into a worker and its trainer's child. */
export { exemplarOf, type MetricsText, metricsReader } from "./metrics/metrics-text.js";
export { isTracing, TRACING_SETTINGS } from "./spans/settings.js";
export type { Attributes, Span, SpanOptions, Tracing, TracingOptions } from "./spans/spans.js";
export { openTracing } from "./spans/tracing.js";
