import type { RetentionAges } from "@winnow/contracts";
import type { Store } from "../database/client.js";
import { sweepCaches } from "./caches.js";
import type { Freed } from "./freed.js";
import { sweepModels } from "./models.js";
import { sweepRows } from "./rows.js";
import { sweepStaging } from "./staging-sweep.js";
import { sweepUploads } from "./uploads.js";

/**
 * Deletes what is older than its age and no longer needed; with `dryRun` only counts it. It works in
 * bounded batches, each committed by itself, and several sweeps may run at once. If one kind cannot be
 * swept (a file may belong to another user), the others still are, and its error is thrown at the end.
 */
export async function sweepOld(
  store: Store,
  storageDir: string,
  ages: RetentionAges,
  dryRun = false,
): Promise<Freed[]> {
  const freed: Freed[] = [];
  const faults: unknown[] = [];
  for (const sweep of [
    () => sweepVotes(store, ages, dryRun),
    () => sweepRows(store, ages, dryRun),
    () => sweepUploads(store, storageDir, ages, dryRun),
    () => sweepCaches(store, storageDir, ages, dryRun),
    async () => [await sweepModels(store, storageDir, dryRun)],
  ]) {
    await sweep().then(
      (all) => freed.push(...all.filter(({ items }) => items > 0)),
      (error) => faults.push(error),
    );
  }
  if (faults.length > 0) throw faults[0];
  return freed;
}

async function sweepVotes(store: Store, ages: RetentionAges, dryRun: boolean): Promise<Freed[]> {
  const votes = await sweepStaging(store, ages.checkpoints, dryRun);
  const bytes = votes.reduce((sum, vote) => sum + vote.bytes, 0);
  return [{ kind: "votes", what: "leftovers of votes on an epoch", items: votes.length, bytes }];
}
