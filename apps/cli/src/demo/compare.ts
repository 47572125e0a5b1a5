import { allItems, type Client } from "@winnow/client";
import type { PruningReport } from "@winnow/contracts";

/** A run of a demo: which model, what it made, and how long training and pruning took together. */
export interface ModelRun {
  readonly model: "quick" | "full";
  readonly crossValidationId: string;
  readonly pruningId: string;
  readonly seconds: number;
}

/** What a run found; shares are `null` where the file has no true labels. */
export interface ModelFigures extends ModelRun {
  readonly flagged: number;
  /** Of all rows, ranked by the order of the pruning. */
  readonly averagePrecision: number | null;
  /** Of its `at` worst flags. */
  readonly precision: number | null;
}

/** Runs side by side, judged at the same number of flags. */
export interface Comparison {
  readonly at: number;
  readonly runs: readonly ModelFigures[];
}

/** Judges runs over one dataset by its true labels. */
export async function compareRuns(
  client: Client,
  runs: readonly ModelRun[],
  signal: AbortSignal,
): Promise<Comparison> {
  const prunings = await Promise.all(
    runs.map(({ pruningId: id }) => client.call("getPruning", { params: { id }, signal })),
  );
  const at = Math.min(...prunings.map(({ flagged }) => flagged ?? 0));
  const figures: ModelFigures[] = [];
  for (const [i, run] of runs.entries()) {
    const { flagged, report } = prunings[i]!;
    figures.push({
      ...run,
      flagged: flagged ?? 0,
      averagePrecision: averagePrecisionOf(report),
      precision: await precisionAt(client, run.pruningId, at, signal),
    });
  }
  return { at, runs: figures };
}

const averagePrecisionOf = (report: PruningReport | null): number | null =>
  report?.truth?.averagePrecision?.errorOdds ?? null;

/** The share of wrong labels among the worst flags that have a true one. */
async function precisionAt(
  client: Client,
  id: string,
  at: number,
  signal: AbortSignal,
): Promise<number | null> {
  let [known, wrong] = [0, 0];
  for await (const { rank, given, trueLabel } of allItems(client, "listFlags", {
    params: { id },
    signal,
  })) {
    if (rank > at) break;
    if (trueLabel === null) continue;
    known += 1;
    if (trueLabel !== given) wrong += 1;
  }
  return known === 0 ? null : wrong / known;
}
