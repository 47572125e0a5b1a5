import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RetentionAges } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { bytesIn } from "./bytes-in.js";
import type { Freed } from "./freed.js";

const DAY_MS = 24 * 3_600_000;
const BATCH = 500;

/** A file that nobody finished, and a lock whose owner is gone. */
const UNFINISHED = /\.(part|lock)$/;

/** What workers leave in storage: it can be made again, or is of use to nobody once its job ended. */
export async function sweepCaches(
  store: Store,
  storageDir: string,
  ages: RetentionAges,
  dryRun: boolean,
): Promise<Freed[]> {
  return [
    await sweepShelf("checkpoints", ages.checkpoints, "checkpoints of ended folds", (names) =>
      openTasks(store, names),
    ),
    await sweepShelf("tokens", ages.tokens, "shared tokens", (names) => deleted(store, names)),
    await sweepShelf("downloads", DAY_MS, "downloads left behind", async () => new Map()),
  ];

  async function sweepShelf(
    kind: "checkpoints" | "tokens" | "downloads",
    age: number | null,
    what: string,
    judge: (names: readonly string[]) => Promise<Verdicts>,
  ): Promise<Freed> {
    const sum: Freed = { kind, what, items: 0, bytes: 0 };
    const shelf = join(storageDir, kind);
    const names = await readdir(shelf).catch((): string[] => []);
    for (let at = 0; at < names.length; at += BATCH) {
      const batch = names.slice(at, at + BATCH);
      const verdicts = await judge(batch);
      for (const name of batch) {
        const verdict = verdicts.get(name);
        if (verdict === "needed") continue;
        const path = join(shelf, name);
        // A folder's own time is that of the last file put into it.
        const found = await stat(path).catch(() => null);
        if (!found) continue;
        const limit = UNFINISHED.test(name) ? Math.min(age ?? DAY_MS, DAY_MS) : age;
        if (verdict !== "useless" && (limit === null || Date.now() - found.mtimeMs <= limit))
          continue;
        sum.items += 1;
        sum.bytes += found.isDirectory() ? await bytesIn(path) : found.size;
        if (!dryRun) await rm(path, { recursive: true, force: true });
      }
    }
    return sum;
  }
}

/** What the rows say of a name; without a word of them its age decides. */
type Verdicts = ReadonlyMap<string, "needed" | "useless">;

/** Checkpoints bear their task's id: an open one goes on from them, however old they are. */
async function openTasks(store: Store, names: readonly string[]): Promise<Verdicts> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM tasks WHERE id = ANY($1) AND state IN ('queued', 'running')",
    [names],
  );
  return new Map(rows.map(({ id }) => [id, "needed"]));
}

const DATASET = /^(ds_[0-9a-f-]{36})-/;

/** Tokens bear their dataset's id: those of a deleted one are of no use. */
async function deleted(store: Store, names: readonly string[]): Promise<Verdicts> {
  const datasetOf = new Map(names.map((name) => [name, DATASET.exec(name)?.[1]]));
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM datasets WHERE id = ANY($1)",
    [[...new Set(datasetOf.values())].filter((id) => id !== undefined)],
  );
  const known = new Set(rows.map(({ id }) => id));
  return new Map(
    [...datasetOf].flatMap(([name, id]) =>
      id !== undefined && !known.has(id) ? [[name, "useless" as const]] : [],
    ),
  );
}
