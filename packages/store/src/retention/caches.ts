import type { RetentionAges } from "@winnow/contracts";
import {
  datasetOfShared,
  folderPath,
  isUnfinished,
  type KeepTimes,
  sweepFolder,
} from "@winnow/storage";
import { poolOf, type Store } from "../database/client.js";
import type { Freed } from "./freed.js";

const DAY_MS = 24 * 3_600_000;

/** Sweeps what workers leave in storage: it can be made again, or nobody needs it once its job ended. */
export async function sweepCaches(
  store: Store,
  storageDir: string,
  ages: RetentionAges,
  dryRun: boolean,
): Promise<Freed[]> {
  const sweep = async (
    kind: "checkpoints" | "tokens" | "encoded" | "downloads",
    what: string,
    age: number | null,
    judge: Judge,
  ): Promise<Freed> => {
    const folder = folderPath(storageDir, kind);
    return { kind, what, ...(await sweepFolder(folder, keepTimes(age, judge), dryRun)) };
  };
  return [
    await sweep("checkpoints", "checkpoints of ended folds", ages.checkpoints, (names) =>
      openTasks(store, names),
    ),
    await sweep("tokens", "shared tokens", ages.tokens, (names) => ofDeletedDatasets(store, names)),
    await sweep("encoded", "vectors of encoders", ages.encoded, async () => new Map()),
    await sweep("downloads", "downloads left behind", DAY_MS, async () => new Map()),
  ];
}

/** What the rows decide about a name; without a row, its age decides. */
type Verdicts = ReadonlyMap<string, "needed" | "useless">;
type Judge = (names: readonly string[]) => Promise<Verdicts>;

function keepTimes(age: number | null, judge: Judge): KeepTimes {
  return async (names) => {
    const verdicts = await judge(names);
    const times = new Map<string, number>();
    for (const name of names) {
      const verdict = verdicts.get(name);
      const limit = isUnfinished(name) ? Math.min(age ?? DAY_MS, DAY_MS) : age;
      if (verdict === "useless") times.set(name, 0);
      else if (verdict !== "needed" && limit !== null) times.set(name, limit);
    }
    return times;
  };
}

/** A checkpoint's folder has its task's id: an open task resumes from it, however old it is. */
async function openTasks(store: Store, names: readonly string[]): Promise<Verdicts> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM tasks WHERE id = ANY($1) AND state IN ('queued', 'running')",
    [names],
  );
  return new Map(rows.map(({ id }) => [id, "needed"]));
}

/** Nobody needs the shared files of a deleted dataset. */
async function ofDeletedDatasets(store: Store, names: readonly string[]): Promise<Verdicts> {
  const datasetOf = new Map(names.map((name) => [name, datasetOfShared(name)]));
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM datasets WHERE id = ANY($1)",
    [[...new Set(datasetOf.values())].filter((id) => id !== null)],
  );
  const known = new Set(rows.map(({ id }) => id));
  return new Map(
    [...datasetOf].flatMap(([name, id]) =>
      id !== null && !known.has(id) ? [[name, "useless" as const]] : [],
    ),
  );
}
