import type { FoldTrainingParams } from "@winnow/contracts";
import { prismaOf, type Store } from "../database/client.js";

/** A trained fold: its rows, its configuration, and how long it took. */
export interface TrainedFold {
  readonly configuration: Partial<FoldTrainingParams>;
  readonly trainRows: number;
  readonly seconds: number;
  readonly epochs: number;
  readonly vocabularySize: number | undefined;
}

/** The folds that were trained last, newest first, `limit` at most. */
export async function listTrainedFolds(store: Store, limit: number): Promise<TrainedFold[]> {
  const rows = await prismaOf(store).fold.findMany({
    where: { finishedAt: { not: null } },
    orderBy: { finishedAt: "desc" },
    take: limit,
    include: { crossValidation: { select: { configuration: true } } },
  });
  return rows.flatMap(({ trainRows, seconds, epochs, backend, crossValidation }) => {
    const count = Array.isArray(epochs) ? epochs.length : 0;
    if (!trainRows || !seconds) return [];
    const { plan, vocabularySize } = (backend ?? {}) as {
      plan?: { epochs?: unknown };
      vocabularySize?: unknown;
    };
    return {
      configuration: crossValidation.configuration as Partial<FoldTrainingParams>,
      trainRows,
      seconds,
      // Only evaluated epochs are listed; the plan counts all of them. A model without any reads its
      // rows once.
      epochs: typeof plan?.epochs === "number" ? plan.epochs : Math.max(1, count),
      vocabularySize: typeof vocabularySize === "number" ? vocabularySize : undefined,
    };
  });
}
