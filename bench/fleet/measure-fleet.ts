import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { uniform } from "../generated/uniform.js";
import { cpuSeconds, postgresServers, round } from "../service/figures.js";
import { FOLDS, outcomeOf, postFolds, queueWaits, seedRows, watchTasks } from "./folds.js";
import type { WorkerReport } from "./host.js";
import { allReady, type Hosts, startHosts } from "./hosts.js";
import { atShare, judgeOutcome, untilDone } from "./outcome.js";
import { measurePeer, redisCpuSeconds } from "./peer.js";
import { type FleetServices, withFleetServices } from "./services.js";

export interface FleetSettings {
  readonly workers: number;
  readonly folds: number;
  readonly foldMs: number;
  readonly workersAHost: number;
  readonly seed: number;
  readonly pgbouncer: string;
}

/** A node's pods are placed, pulled and booted one after another. */
const STAGGER_MS = 10_000;
/** Jobs of ten folds to a fleet that waits for work. */
const QUIET_JOBS = 20;
/** How long a host lasts in the mean until it is taken away, however many there are: a fold of 20 s often does not. */
const HOST_LASTS_MS = 50_000;

/** Prints what the fleet did; false where a fold was lost or done twice. */
export async function measureFleet(settings: FleetSettings): Promise<boolean> {
  return withFleetServices(settings, async (services) => {
    const { store, redis } = services;
    const { workers, folds, foldMs, workersAHost, seed } = settings;
    const peer = await measurePeer(redis, { workers, entries: Math.ceil(folds / 5), foldMs });
    const datasetId = await seedRows(store);
    await watchTasks(store);
    const places = Array.from({ length: Math.ceil(workers / workersAHost) }, () => ({
      env: services.environment("127.0.0.1"),
      within: [],
    }));
    const hosts = startHosts(
      places,
      { workers: workersAHost, foldMs, staggerMs: STAGGER_MS },
      seed,
    );
    try {
      await allReady(redis, workers);
      await printWaits(store, datasetId, settings);
      const before = await loadOf(services, hosts);
      printOverhead(hosts.reports);
      const from = hosts.reports.length;
      const startedAt = performance.now();
      await postFolds(store, datasetId, folds);
      const stop = new AbortController();
      const taken = takeAway(hosts, places.length, seed, stop.signal);
      const busiest = await untilDone(store, (3 * folds * foldMs) / workers, () =>
        connectionsOf(store),
      );
      stop.abort();
      const seconds = (performance.now() - startedAt) / 1000;
      const ideal = (folds * foldMs) / 1000 / workers;
      console.log(`${folds} folds by ${workers} workers in ${round(seconds, 0)} s`);
      console.log(
        `  sleeps alone would take ${round(ideal, 0)} s: ${round(seconds / ideal)} times`,
      );
      console.log(`  hosts of ${workersAHost} workers taken away: ${JSON.stringify(await taken)}`);
      printOverhead(hosts.reports.slice(from));
      printLoad(before, await loadOf(services, hosts), folds, seconds, peer.cpuMsAnEntry);
      console.log(`  connections of Postgres at most ${busiest}`);
      return judgeOutcome(await outcomeOf(store));
    } finally {
      await hosts.close();
    }
  });
}

async function printWaits(
  store: Store,
  datasetId: string,
  { workers, foldMs }: FleetSettings,
): Promise<void> {
  const since = new Date();
  for (let job = 0; job < QUIET_JOBS; job++) {
    await postFolds(store, datasetId, FOLDS);
    // A third of the workers is busy.
    await sleep((3 * FOLDS * foldMs) / workers);
  }
  await untilDone(store, 60_000, async () => 0);
  const waits = await queueWaits(store, since);
  console.log(`a fold waits from POST to its first claim, with two thirds of the workers idle`);
  console.log(`  ms: median ${at(waits, 0.5)}, p99 ${at(waits, 0.99)}, longest ${at(waits, 1)}`);
}

const at = (sorted: readonly number[], share: number) => round(atShare(sorted, share), 0);

async function takeAway(
  hosts: Hosts,
  count: number,
  seed: number,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const draw = uniform(seed);
  const taken = { SIGKILL: 0, SIGTERM: 0 };
  for (;;) {
    const pause = (HOST_LASTS_MS / count) * (0.4 + 1.2 * draw());
    await sleep(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return taken;
    const how = draw() < 0.5 ? "SIGKILL" : "SIGTERM";
    hosts.preempt(Math.floor(draw() * count), how);
    taken[how]++;
  }
}

function printOverhead(reports: readonly WorkerReport[]): void {
  const ended = reports.filter(({ end, trainedMs }) => end === "delivered" && trainedMs > 0);
  const failed = reports.filter(({ end }) => end === "failed").length;
  console.log(`  of ${ended.length} workers that did a fold, ${failed} that failed`);
  for (const part of ["startMs", "writtenMs", "closeMs"] as const) {
    const sorted = ended.map((report) => report[part]).sort((a, b) => a - b);
    console.log(`    ${part}: median ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}`);
  }
}

interface Load {
  readonly workers: number;
  readonly postgres: number;
  readonly pgbouncer: number;
  readonly redis: number;
  readonly orchestrator: number;
  readonly transactions: number;
}

/** Seconds of CPU so far, and transactions. */
async function loadOf(services: FleetServices, hosts: Hosts): Promise<Load> {
  const { rows } = await poolOf(services.store).query<{ transactions: number }>(
    `SELECT (xact_commit + xact_rollback)::float8 AS transactions FROM pg_stat_database
     WHERE datname = current_database()`,
  );
  return {
    workers: hosts.cpuSeconds(),
    postgres: cpuSeconds(postgresServers(services.folder)),
    pgbouncer: cpuSeconds([services.pooler.pid]),
    redis: await redisCpuSeconds(services.redis),
    orchestrator: cpuSeconds([services.orchestrator.pid as number]),
    transactions: rows[0]!.transactions,
  };
}

function printLoad(
  before: Load,
  after: Load,
  folds: number,
  seconds: number,
  peerMs: number,
): void {
  let all = 0;
  console.log("  ms of CPU a fold, and share of one core");
  for (const part of ["workers", "postgres", "pgbouncer", "redis", "orchestrator"] as const) {
    const cpu = after[part] - before[part];
    all += cpu;
    console.log(
      `    ${part}: ${round((1000 * cpu) / folds, 1)}, ${round((100 * cpu) / seconds, 0)} %`,
    );
  }
  const each = (1000 * all) / folds;
  console.log(
    `    all: ${round(each, 1)}, ${round(each / peerMs, 1)} times bare BullMQ's ${round(peerMs, 1)}`,
  );
  const transactions = after.transactions - before.transactions;
  console.log(
    `  transactions: ${round(transactions / folds, 1)} a fold, ${round(transactions / seconds, 0)} a second`,
  );
}

async function connectionsOf(store: Store): Promise<number> {
  const { rows } = await poolOf(store).query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'",
  );
  return rows[0]!.n;
}
