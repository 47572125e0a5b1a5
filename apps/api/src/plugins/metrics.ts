import {
  type Backlog,
  CONNECTIONS_METRIC,
  connectionCounts,
  readBacklog,
  type Store,
} from "@winnow/store";
import { exemplarOf, type MetricsText, metricsReader } from "@winnow/tracing";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from "prom-client";

export interface MetricsSources {
  readonly store: Store;
  /** The number of open event streams. */
  eventStreams(): number;
  /** Adds metrics of the process: memory, event loop, garbage collection. Once in a process. */
  readonly ofProcess: boolean;
  /** Values name the traces that they were measured in, where the scraper takes OpenMetrics. */
  readonly exemplars: boolean;
}

/** In seconds: from reading one row to the longest long poll. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Measures every request. Returns the function that returns the text for Prometheus, by its `Accept`. */
export function registerMetrics(
  app: FastifyInstance,
  sources: MetricsSources,
): (accept: string | undefined) => Promise<MetricsText> {
  const { requests, text } = openMetrics(sources);
  app.addHook("onResponse", async (request: FastifyRequest, reply: FastifyReply) => {
    const { url: route = "none" } = request.routeOptions;
    const labels = { method: request.method, route, status: reply.statusCode };
    const value = reply.elapsedTime / 1000;
    if (!sources.exemplars) return requests.observe(labels, value);
    requests.observe({ labels, value, exemplarLabels: exemplarOf(request.span) });
  });
  return text;
}

/** The metrics without the server whose requests they count; the reference lists `registry`. */
export function openMetrics(sources: MetricsSources) {
  const registry = new Registry<RegistryContentType>();
  // Only a registry of this form takes a metric with exemplars.
  if (sources.exemplars) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  if (sources.ofProcess) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: "winnow_http_request_duration_seconds",
    help: "How long requests took; event streams and downloads until their end",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS,
    enableExemplars: sources.exemplars,
    registers,
  });
  new Gauge({
    name: "winnow_event_streams",
    help: "Open event streams",
    registers,
    collect() {
      this.set(sources.eventStreams());
    },
  });
  registerPool(registry, sources.store);
  const backlog = registerBacklog(registry);
  const read = metricsReader(registry, sources.exemplars);
  const text = async (accept: string | undefined): Promise<MetricsText> => {
    backlog.show(await readBacklog(sources.store));
    return read(accept);
  };
  return { registry, requests, text };
}

function registerPool(registry: Registry<RegistryContentType>, store: Store): void {
  new Gauge({
    ...CONNECTIONS_METRIC,
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(connectionCounts(store))) {
        this.set({ state }, count);
      }
    },
  });
}

/** What Postgres holds. What could not be read has no value in this scrape. */
function registerBacklog(registry: Registry<RegistryContentType>) {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const shared = (name: string, help: string, labelNames?: readonly string[]) =>
    gauge(name, `${help}; every API process reports the same`, labelNames);
  const up = gauge("winnow_postgres_up", "1 if Postgres answered all of this scrape, else 0");
  const jobs = shared("winnow_jobs", "Jobs that have not ended", ["kind", "state"]);
  const tasks = shared("winnow_tasks", "Tasks that have not ended", ["kind", "state"]);
  const oldest = shared("winnow_oldest_task_seconds", "Age of the oldest task that has not ended", [
    "kind",
    "state",
  ]);
  const due = shared("winnow_outbox_due", "Outbox entries that are due and not in Redis yet");
  const waiting = shared(
    "winnow_outbox_oldest_seconds",
    "How long the oldest outbox entry that is not in Redis yet has been due",
  );
  return {
    show(backlog: Backlog): void {
      for (const metric of [jobs, tasks, oldest]) metric.reset();
      for (const metric of [due, waiting]) metric.remove();
      up.set(Object.values(backlog).every((part) => part !== null) ? 1 : 0);
      for (const { count, ...labels } of backlog.jobs ?? []) jobs.set(labels, count);
      for (const { kind, state, count, oldestSeconds } of backlog.tasks ?? []) {
        tasks.set({ kind, state }, count);
        oldest.set({ kind, state }, oldestSeconds);
      }
      if (backlog.outbox === null) return;
      due.set(backlog.outbox.due);
      waiting.set(backlog.outbox.oldestSeconds);
    },
  };
}
