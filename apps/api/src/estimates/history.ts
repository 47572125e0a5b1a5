import type { FoldTrainingParams, JobKind } from "@winnow/contracts";
import type { Store } from "@winnow/store";

/** Finished work that is looked at, the latest. */
const looked = 50;

/** A trained fold: what it was trained on, how, and how long it took. */
export interface TrainedFold {
  readonly configuration: Partial<FoldTrainingParams>;
  readonly trainRows: number;
  readonly seconds: number;
  readonly epochs: number;
  readonly vocabularySize: number | undefined;
}

/** The folds that were trained last, newest first. */
export async function trainedFolds(store: Store): Promise<TrainedFold[]> {
  const rows = await store.prisma.fold.findMany({
    where: { finishedAt: { not: null } },
    orderBy: { finishedAt: "desc" },
    take: looked,
    include: { crossValidation: { select: { configuration: true } } },
  });
  return rows.flatMap(({ trainRows, seconds, epochs, backend, crossValidation }) => {
    const count = Array.isArray(epochs) ? epochs.length : 0;
    if (!trainRows || !seconds || count === 0) return [];
    const { plan, vocabularySize } = (backend ?? {}) as {
      plan?: { epochs?: unknown };
      vocabularySize?: unknown;
    };
    return {
      configuration: crossValidation.configuration as Partial<FoldTrainingParams>,
      trainRows,
      seconds,
      // Not every epoch is evaluated, and so told of.
      epochs: typeof plan?.epochs === "number" ? plan.epochs : count,
      vocabularySize: typeof vocabularySize === "number" ? vocabularySize : undefined,
    };
  });
}

/**
 * Seconds that a unit of work took in the jobs of a kind that succeeded last; null without any.
 * The unit is a byte of the file for an ingest, else one probability.
 */
export async function secondsPerUnit(store: Store, kind: JobKind): Promise<number | null> {
  const jobs = await store.prisma.job.findMany({
    where: { kind, state: "succeeded", startedAt: { not: null }, finishedAt: { not: null } },
    orderBy: { id: "desc" },
    take: looked,
    select: { startedAt: true, finishedAt: true, progressTotal: true, crossValidationId: true },
  });
  const ids = jobs.flatMap((job) => job.crossValidationId ?? []);
  const runs = await store.prisma.crossValidation.findMany({
    where: { id: { in: ids } },
    select: { id: true, rows: true, classCount: true },
  });
  const probabilities = new Map(runs.map((run) => [run.id, run.rows * run.classCount]));
  let seconds = 0;
  let units = 0;
  for (const { startedAt, finishedAt, progressTotal, crossValidationId } of jobs) {
    const done =
      kind === "dataset-ingest" ? progressTotal : probabilities.get(crossValidationId ?? "");
    if (!done || !startedAt || !finishedAt) continue;
    seconds += (finishedAt.getTime() - startedAt.getTime()) / 1000;
    units += done;
  }
  return units > 0 ? seconds / units : null;
}
