import { recipeFor } from "@winnow/confident-learning";
import { asksSecondRound, type FoldTrainingParams, hasVectors } from "@winnow/contracts";
import type { AfterFolds } from "@winnow/store";

/** Whether a second round comes after the folds of a run over n rows of k classes, and why not. */
export function afterFolds(params: FoldTrainingParams, n: number, k: number): AfterFolds {
  if (!asksSecondRound(params)) return { secondRound: false, warnings: [] };
  const { rounds, warnings } = recipeOfRun(params, n, k);
  return { secondRound: rounds !== "quick", warnings };
}

/** The recipe of a run, by its size and whether it has vectors. */
export function recipeOfRun({ model }: Pick<FoldTrainingParams, "model">, n: number, k: number) {
  const { rounds, warnings } = recipeFor(n, k, { hasVectors: hasVectors(model) });
  return { rounds, warnings: warnings.map(({ code, message }) => ({ code, message })) };
}
