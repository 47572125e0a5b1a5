import {
  folderPath,
  foldModelsKey,
  modelName,
  namesIn,
  storedPath,
  sweepFolder,
} from "@winnow/storage";
import { countedEpochs, listRunStates } from "../cross-validations/cross-validations.js";
import type { Store } from "../database/client.js";
import type { Freed } from "./freed.js";

/** Deleting a run removes its models; models found later were left by a deletion that was interrupted. */
const ORPHAN_MS = 24 * 3_600_000;

/**
 * Removes models of runs that are deleted, and of finished runs those of epochs that do not count;
 * or only counts them. A run that may still continue keeps all its models.
 */
export async function sweepModels(
  store: Store,
  storageDir: string,
  dryRun: boolean,
): Promise<Freed> {
  const models = folderPath(storageDir, "models");
  const states = await listRunStates(store, await namesIn(models));
  const deleted = async (runs: readonly string[]) =>
    new Map(runs.filter((run) => !states.has(run)).map((run) => [run, ORPHAN_MS]));
  let { items, bytes } = await sweepFolder(models, deleted, dryRun);
  for (const [run, state] of states) {
    if (state !== "ready") continue;
    for (const { fold, epoch } of await countedEpochs(store, run)) {
      const uncounted = async (names: readonly string[]) =>
        new Map(names.filter((name) => name !== modelName(epoch)).map((name) => [name, 0]));
      const folder = storedPath(storageDir, foldModelsKey(run, fold));
      const swept = await sweepFolder(folder, uncounted, dryRun);
      items += swept.items;
      bytes += swept.bytes;
    }
  }
  return {
    kind: "models",
    what: "models of deleted runs, or of epochs that do not count",
    items,
    bytes,
  };
}
