import { QUEUES } from "@winnow/contracts";
import { CONNECTIONS_METRIC, connectionCounts, type Store } from "@winnow/store";
import { type MetricsText, metricsReader } from "@winnow/tracing";
import {
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from "prom-client";
import type { Queues } from "../queue/producer.js";
import type { AttemptMetrics } from "../tasks/attempt.js";

/** What a worker exposes to Prometheus. */
export interface Metrics extends AttemptMetrics {
  /** The reference lists it. */
  readonly registry: Registry<RegistryContentType>;
  /** The text that Prometheus reads, by its `Accept`. */
  text(accept: string | undefined): Promise<MetricsText>;
}

/** From a small pruning to a fold of several hours, in seconds. */
const BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600];

/** Counts the entries of every queue in Redis. */
type Counted = Pick<Queues, "counts">;

export interface MetricsOptions {
  /** The process's own figures are taken too: of its memory, its event loop, its garbage. */
  readonly ofProcess: boolean;
  /**
   * The entries of every queue in Redis are counted too; only the orchestrator does. There are none
   * until the worker has started.
   */
  readonly queues: (() => Counted | undefined) | null;
  /** Values name the traces that they were measured in, where the scraper takes OpenMetrics. */
  readonly exemplars: boolean;
}

export function createMetrics(
  store: Store,
  { ofProcess, queues, exemplars }: MetricsOptions,
): Metrics {
  const registry = new Registry<RegistryContentType>();
  // Only a registry of this form takes a metric with exemplars.
  if (exemplars) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: "winnow_task_duration_seconds",
    help: "How long attempts at tasks took, by how they ended: succeeded, failed, queued (to be retried), cancelled, handed-back or lost",
    labelNames: ["kind", "end"],
    buckets: BUCKETS,
    enableExemplars: exemplars,
    registers,
  });
  const running = new Gauge({
    name: "winnow_tasks_running",
    help: "Tasks that this worker is running",
    labelNames: ["kind"],
    registers,
  });
  new Gauge({
    ...CONNECTIONS_METRIC,
    registers,
    collect() {
      for (const [state, count] of Object.entries(connectionCounts(store))) {
        this.set({ state }, count);
      }
    },
  });
  const read = metricsReader(registry, exemplars);
  const readDepths = queues && registerDepths(registry, queues);
  return {
    attempt(kind, exemplar) {
      running.inc({ kind });
      const observe = exemplars
        ? durations.startTimer({ kind }, exemplar)
        : durations.startTimer({ kind });
      return (end) => {
        running.dec({ kind });
        observe({ end });
      };
    },
    registry,
    async text(accept) {
      await readDepths?.();
      return read(accept);
    },
  };
}

/** Returns a function that queries Redis; it is called before each scrape. */
function registerDepths(
  registry: Registry<RegistryContentType>,
  queues: () => Counted | undefined,
): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: "winnow_redis_up",
    help: "1 if Redis answered this scrape, else 0",
    registers,
  });
  const depths = new Gauge({
    name: "winnow_queue_entries",
    help: "Entries of the queues in Redis",
    labelNames: ["queue", "state"],
    registers,
  });
  return async () => {
    const opened = queues();
    const queries = [...QUEUES.keys()].map(async (queue) => ({
      queue,
      states: (await opened?.counts(queue)) ?? {},
    }));
    const counts = opened ? await Promise.all(queries).catch(() => null) : null;
    depths.reset();
    up.set(counts ? 1 : 0);
    for (const { queue, states } of counts ?? []) {
      for (const [state, entries] of Object.entries(states)) {
        depths.set({ queue, state }, entries);
      }
    }
  };
}
