// The toy's file in apps/worker/src/handlers, and its lines in the registry.
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readDataset, readJob, succeedTask, withTransaction } from "@winnow/store";
import { HANDLERS } from "../../../apps/worker/dist/handlers/registry.js";

HANDLERS["row-count"] = () => async (claim, deps) => {
  const { rows } = await readDataset(deps.store, claim.params.datasetId);
  await deps.announce({ step: 0, steps: rows, phase: "counting" });
  await sleep(claim.params.waitMs, undefined, { signal: deps.signal });
  await deps.event("metric", { rows });
  await end(claim, deps, rows);
};

HANDLERS["row-check"] = () => async (claim, deps) => {
  const { rows } = await readDataset(deps.store, claim.params.datasetId);
  await deps.announce({ step: 0, steps: rows, phase: "checking" });
  if (existsSync(claim.params.failWhile)) {
    // The count ends first, so that a retry finds a finished task.
    while (!(await isCounted(claim, deps))) await sleep(20, undefined, { signal: deps.signal });
    throw new Error("told to fail");
  }
  await end(claim, deps, rows);
};

const isCounted = async ({ jobId }, { store }) =>
  (await readJob(store, jobId)).job.tasks.some(({ state }) => state === "succeeded");

const end = (claim, { store }, rows) =>
  withTransaction(store, (tx) =>
    succeedTask(tx, claim, { result: async () => ({ datasetId: claim.datasetId, rows }) }),
  );
