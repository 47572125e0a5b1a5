import { setTimeout as sleep } from "node:timers/promises";
import { round } from "../service/figures.js";
import { outcomeOf, postFolds, seedRows, watchTasks } from "./folds.js";
import { allReady, startHosts } from "./hosts.js";
import { openNetwork } from "./link.js";
import type { FleetSettings } from "./measure-fleet.js";
import { judgeOutcome, untilDone } from "./outcome.js";
import { withFleetServices } from "./services.js";

/** Soon after one another. */
const STAGGER_MS = 5_000;
const BEFORE_MS = 10_000;
const CUT_MS = 60_000;
/** Work enough for both hosts before, during and long after the cut. */
const RUN_MS = 180_000;

/** Prints what two hosts did while the link of one was cut; false where a fold was lost or done twice. */
export async function measureLink({
  foldMs,
  workersAHost: workers,
  seed,
  pgbouncer,
}: FleetSettings): Promise<boolean> {
  const network = openNetwork(2);
  try {
    return await withFleetServices(
      { pgbouncer, addresses: [network.address] },
      async (services) => {
        const { store, redis } = services;
        const datasetId = await seedRows(store);
        await watchTasks(store);
        const env = services.environment(network.address);
        const places = [0, 1].map((host) => ({ env, within: network.within(host) }));
        const hosts = startHosts(places, { workers, foldMs, staggerMs: STAGGER_MS }, seed);
        try {
          // A worker that still starts holds nothing that a cut could take from it.
          await allReady(redis, 2 * workers);
          const startedAt = performance.now();
          const folds = 10 * Math.ceil((2 * workers * RUN_MS) / foldMs / 10);
          await postFolds(store, datasetId, folds);
          await sleep(BEFORE_MS);
          const before = (await outcomeOf(store)).succeeded;
          network.cut(1);
          await sleep(CUT_MS);
          const during = (await outcomeOf(store)).succeeded;
          network.restore(1);
          await untilDone(store, RUN_MS, async () => 0);
          const seconds = round((performance.now() - startedAt) / 1000, 0);
          console.log(`two hosts of ${workers} workers, one cut off for ${CUT_MS / 1000} s`);
          console.log(`  folds ended: ${before} before the cut, ${during - before} during it`);
          const outcome = await outcomeOf(store);
          console.log(`  ${outcome.succeeded} of ${folds} ended after ${seconds} s`);
          return judgeOutcome(outcome);
        } finally {
          await hosts.close();
        }
      },
    );
  } finally {
    network.close();
  }
}
