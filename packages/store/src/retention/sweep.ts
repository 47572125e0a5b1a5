import type { RetentionAges } from "@winnow/contracts";
import type { Store } from "../client.js";
import { sweepCaches } from "./caches.js";
import type { Freed } from "./freed.js";
import { sweepRows } from "./rows.js";
import { sweepUploads } from "./uploads.js";

/**
 * Deletes what is older than its age and needed by nothing that lives; with `dryRun` only counts it.
 * In bounded batches, each of which stands by itself. Several may run at once.
 */
export async function sweepOld(
  store: Pick<Store, "pool">,
  storageDir: string,
  ages: RetentionAges,
  dryRun = false,
): Promise<Freed[]> {
  return [
    ...(await sweepRows(store, ages, dryRun)),
    ...(await sweepUploads(store, storageDir, ages, dryRun)),
    ...(await sweepCaches(store, storageDir, ages, dryRun)),
  ].filter(({ items }) => items > 0);
}
