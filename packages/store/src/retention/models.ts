import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { countedEpochs, listRunStates } from "../cross-validations/cross-validations.js";
import type { Store } from "../database/client.js";
import { bytesIn } from "./bytes-in.js";
import type { Freed } from "./freed.js";

/** A deletion takes its models along; what is found later was left by one that was cut off. */
const ORPHAN_MS = 24 * 3_600_000;

/**
 * Removes models of runs that are deleted, and of finished runs those of epochs that do not count;
 * or only counts them. The models of a run that may go on all stay.
 */
export async function sweepModels(
  store: Store,
  storageDir: string,
  dryRun: boolean,
): Promise<Freed> {
  const sum: Freed = {
    kind: "models",
    what: "models of deleted runs, or of epochs that do not count",
    items: 0,
    bytes: 0,
  };
  const remove = async (path: string) => {
    sum.items += 1;
    sum.bytes += await bytesIn(path);
    if (!dryRun) await rm(path, { recursive: true, force: true });
  };
  const shelf = join(storageDir, "models");
  const runs = await readdir(shelf).catch((): string[] => []);
  const states = await listRunStates(store, runs);
  for (const run of runs) {
    const folder = join(shelf, run);
    const state = states.get(run);
    if (state === undefined && (await isOld(folder))) await remove(folder);
    if (state !== "ready") continue;
    for (const { fold, epoch } of await countedEpochs(store, run)) {
      const models = join(folder, `fold-${fold}`);
      const epochs = await readdir(models).catch((): string[] => []);
      const others = epochs.filter((name) => name !== `epoch-${epoch}`);
      for (const name of others) await remove(join(models, name));
    }
  }
  return sum;
}

const isOld = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ORPHAN_MS,
    () => false,
  );
