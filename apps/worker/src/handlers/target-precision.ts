import type { FindOptions, LabelIssues } from "@winnow/confident-learning";
import type { CrossValidation, PrecisionPromise, PruningParams } from "@winnow/contracts";
import { readCurves, readRandomReviews, type Store, targetCut } from "@winnow/store";

/** What a target precision comes to: the options that flag down to its cut, and the promise. */
export interface Target {
  readonly options: FindOptions;
  readonly promise: PrecisionPromise;
}

/**
 * Finds the cut of a target precision, from an experiment and from the reviews of rows at random.
 * `issues` were found with `everyRow`, by the order whose scores are cut. Throws what `readCurves`
 * throws.
 */
export async function aimAt(
  store: Store,
  asked: PruningParams,
  run: CrossValidation,
  issues: LabelIssues,
): Promise<Target> {
  const { model } = run.configuration as { model?: unknown };
  const { noise, rate, curves } = await readCurves(
    store,
    asked,
    { datasetId: run.datasetId, model },
    issues.noise.rate,
  );
  const { errorOdds, errorProbability } = issues.everyRow!;
  const isByOdds = asked.order === "error_odds";
  const scores = isByOdds ? errorOdds! : errorProbability;
  const reviews = await readRandomReviews(store, run.datasetId);
  const found = targetCut(curves, asked.targetPrecision!, {
    scores,
    reviews: reviews.map(({ ordinal, wrong }) => ({ score: scores[ordinal]!, wrong })),
  });
  // Above every score: nothing reaches the target, so nothing is flagged.
  const cut = found.cut ?? (isByOdds ? Number.MAX_VALUE : 1);
  return {
    options: isByOdds
      ? { method: "error_odds", errorOddsCut: cut }
      : { method: "posterior", posteriorCut: cut },
    promise: {
      target: asked.targetPrecision!,
      ...found,
      order: asked.order,
      experimentId: asked.experimentId!,
      noise,
      rate,
      seeds: curves.length,
    },
  };
}
