import type { Span } from "../spans/spans.js";

const PLAIN = "text/plain; version=0.0.4; charset=utf-8";
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Of prom-client's registry what is used here. */
interface MetricsRegistry {
  setContentType(type: typeof PLAIN | typeof OPEN): void;
  metrics(): Promise<string>;
  getMetricsAsArray(): readonly { name: string }[];
}

/** What a scrape gets. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Reads a registry as the scraper's `Accept` asks: only in the form of OpenMetrics has a value an exemplar,
 * the trace that it was measured in. Without exemplars always in Prometheus' own form.
 */
export function metricsReader(
  registry: MetricsRegistry,
  exemplars: boolean,
): (accept: string | undefined) => Promise<MetricsText> {
  let last: Promise<unknown> = Promise.resolve();
  const read = async (contentType: typeof PLAIN | typeof OPEN): Promise<MetricsText> => {
    const names = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
    registry.setContentType(contentType);
    try {
      return { contentType, text: await registry.metrics() };
    } finally {
      // In OpenMetrics' form the library takes `_total` off the names of counters, for good.
      for (const { metric, name } of names) metric.name = name;
    }
  };
  return (accept) => {
    const isOpen = exemplars && /\bapplication\/openmetrics-text\b/.test(accept ?? "");
    // One after another: the form is the registry's, not the call's.
    const text = last.then(() => read(isOpen ? OPEN : PLAIN));
    last = text.catch(() => {});
    return text;
  };
}

/** The exemplar of a value that was measured in a span; none without a span whose trace is sampled. */
export const exemplarOf = (
  span: Pick<Span, "traceId" | "traceParent"> | null,
): Record<string, string> =>
  span !== null && isSampled(span.traceParent) ? { trace_id: span.traceId } : {};

/** The flags stand last, in hex; the lowest bit says so. */
const isSampled = (traceParent: string): boolean =>
  (Number.parseInt(traceParent.slice(-2), 16) & 1) === 1;
