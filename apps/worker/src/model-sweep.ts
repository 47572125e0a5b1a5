import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { countedEpochs, listRunStates, type Store } from "@winnow/store";

/**
 * Removes models of runs that are deleted, and of finished runs those of epochs that do not count.
 * Returns the paths below the storage folder.
 */
export async function sweepModels(store: Store, storageDir: string): Promise<string[]> {
  const runs = await readdir(join(storageDir, "models")).catch(() => []);
  const states = await listRunStates(store, runs);
  const swept: string[] = [];
  const remove = async (path: string) => {
    await rm(join(storageDir, path), { recursive: true, force: true });
    swept.push(path);
  };
  for (const run of runs) {
    const folder = join("models", run);
    const state = states.get(run);
    if (state === undefined) await remove(folder);
    if (state !== "ready") continue;
    const counted = new Map((await countedEpochs(store, run)).map((of) => [of.fold, of.epoch]));
    for (const [fold, epoch] of counted) {
      const models = join(folder, `fold-${fold}`);
      const epochs = await readdir(join(storageDir, models)).catch(() => []);
      const others = epochs.filter((name) => name !== `epoch-${epoch}`);
      for (const name of others) await remove(join(models, name));
    }
  }
  return swept;
}
