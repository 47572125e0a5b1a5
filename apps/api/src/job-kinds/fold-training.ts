import { isDeepStrictEqual } from "node:util";
import {
  epochChoiceOf,
  type FoldTrainingParams,
  type JobEstimate,
  recipeOf,
} from "@winnow/contracts";
import { estimateFold, modelConfig, trainingPlan } from "@winnow/encoder/estimate";
import { softmaxRegressionBytes } from "@winnow/linear";
import { listTrainedFolds, probabilityBytes, readDataset, type Store } from "@winnow/store";
import { assertCheckpointAllowed } from "../access/source-allowed.js";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost } from "./job-post.js";

export const FOLD_TRAINING: JobPost<"fold-training"> = {
  assertAllowed: (params, { modelsDir }) => assertCheckpointAllowed(params, modelsDir),
  estimate,
};

/**
 * Steps, memory and storage follow from the recipe, seconds from recent folds of the same model. These
 * are upper limits: patience can end folds earlier.
 */
async function estimate(params: FoldTrainingParams, store: Store): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, params.datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const { folds, training } = params;
  const trainRows = Math.ceil(rows - rows / folds);
  const plan = trainingPlan(
    { ...training, recipe: recipeOf(params) },
    { rows: trainRows, classes },
  );
  const alike = (await listTrainedFolds(store, RECENT)).filter(({ configuration }) =>
    isDeepStrictEqual(costOf(configuration), costOf(params)),
  );
  const seconds = alike.reduce((sum, fold) => sum + fold.seconds, 0);
  const seen = alike.reduce((sum, fold) => sum + fold.trainRows * fold.epochs, 0);
  const fold = foldEstimate(params, { rows, classes, vocabularySize: alike[0]?.vocabularySize });
  const evaluated = Math.ceil(plan.epochs / plan.evaluateEvery);
  const tables = epochChoiceOf(params) === "vote" ? evaluated : 1;
  const models = training.keepModels && fold ? 4 * fold.parameters * folds * evaluated : 0;
  return {
    ...UNKNOWN,
    rows,
    folds,
    steps: folds * plan.epochs * Math.ceil(trainRows / plan.batchSize),
    seconds: times(folds * trainRows * plan.epochs, seen > 0 ? seconds / seen : null),
    peakMemoryBytes: fold?.peakMemoryBytes ?? null,
    storageBytes: tables * probabilityBytes(rows, classes) + models,
  };
}

/** What the cost of a row and epoch depends on. */
const costOf = ({ model, training }: Partial<FoldTrainingParams>) => [
  model,
  training?.pretraining,
  training?.microBatchSize,
];

/** The estimate of one fold; null for a checkpoint, whose sizes only the workers know. */
function foldEstimate(
  { folds, model, training, backend }: FoldTrainingParams,
  data: { rows: number; classes: number; vocabularySize: number | undefined },
) {
  if (model.checkpoint) return null;
  const config = modelConfig({ ...model, hiddenDropout: training.dropout });
  const testRows = Math.ceil(data.rows / folds);
  return estimateFold(
    config,
    {
      vocabularySize: data.vocabularySize ?? model.vocabulary.maxSize,
      classes: data.classes,
      trainRows: data.rows - testRows,
      testRows,
    },
    {
      training,
      // The smallest; native backends need more memory.
      backend: backend === "auto" ? "wasm" : backend,
      linearPartBytes: softmaxRegressionBytes,
    },
  );
}
