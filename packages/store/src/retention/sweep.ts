import type { RetentionAges } from "@winnow/contracts";
import type { Store } from "../client.js";
import { sweepStaging } from "../staging-sweep.js";
import { sweepCaches } from "./caches.js";
import type { Freed } from "./freed.js";
import { sweepModels } from "./models.js";
import { sweepRows } from "./rows.js";
import { sweepUploads } from "./uploads.js";

/**
 * Deletes what is older than its age and needed by nothing that lives; with `dryRun` only counts it.
 * In bounded batches, each of which stands by itself. Several may run at once.
 */
export async function sweepOld(
  store: Store,
  storageDir: string,
  ages: RetentionAges,
  dryRun = false,
): Promise<Freed[]> {
  const votes = await sweepStaging(store, ages.checkpoints, dryRun);
  return [
    ...(await sweepRows(store, ages, dryRun)),
    {
      kind: "votes" as const,
      what: "leftovers of votes on an epoch",
      items: votes.length,
      bytes: votes.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    ...(await sweepUploads(store, storageDir, ages, dryRun)),
    ...(await sweepCaches(store, storageDir, ages, dryRun)),
    await sweepModels(store, storageDir, dryRun),
  ].filter(({ items }) => items > 0);
}
