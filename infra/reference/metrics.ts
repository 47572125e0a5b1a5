import { openMetrics } from "@winnow/api";
import type { Store } from "@winnow/store";
import { createMetrics } from "@winnow/worker";
import { code, sentence, table } from "./markdown.js";

/** What prom-client keeps of a metric. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const OF_PROCESS = /^(process|nodejs)_/;

/** The metrics of both programs, from the registries that they serve. */
export function metricsPage(store: Store): string[] {
  const api = openMetrics({
    store,
    eventStreams: () => 0,
    ofProcess: true,
    exemplars: false,
  }).registry;
  const worker = createMetrics(store, {
    ofProcess: true,
    queues: () => undefined,
    exemplars: false,
  }).registry;
  const programs = [
    ["API", metricsOf(api)],
    ["worker", metricsOf(worker)],
  ] as const;
  const names = [...new Set(programs.flatMap(([, metrics]) => [...metrics.keys()]))];
  const own = names.filter((name) => !OF_PROCESS.test(name)).sort();
  return [
    "# Metrics",
    "",
    "`GET /metrics` of the API (scope `read` once there are API keys) and of a worker at its `HEALTH_PORT` return these in",
    "Prometheus' text format. Names that end in `_seconds` are in seconds; the others are counts. A histogram has `_bucket`,",
    "`_sum` and `_count`. [Monitor](../how-to/monitor.md) says which ones to set alerts on.",
    "",
    ...table(
      ["metric", "from", "type", "labels", "meaning"],
      own.map((name) => {
        const from = programs.filter(([, metrics]) => metrics.has(name));
        const { help, type, labelNames } = from[0]![1].get(name)!;
        return [
          code(name),
          from.map(([program]) => program).join(", "),
          type,
          labelNames.map(code).join(", "),
          sentence(help),
        ];
      }),
    ),
    "",
    "A worker has `winnow_redis_up` and `winnow_queue_entries` only in the role orchestrator.",
    "",
    "## Of the process",
    "",
    "Both programs also return prom-client's default metrics of the Node process:",
    "",
    names
      .filter((name) => OF_PROCESS.test(name))
      .sort()
      .map(code)
      .join(", "),
    "",
  ];
}

const metricsOf = (registry: { getMetricsAsArray(): unknown[] }): Map<string, Metric> =>
  new Map((registry.getMetricsAsArray() as Metric[]).map((metric) => [metric.name, metric]));
