import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { estimateMemory } from "@winnow/confident-learning";
import {
  type DatasetIngestParams,
  epochChoiceOf,
  type FoldTrainingParams,
  type JobEstimate,
  type ProbabilityImportParams,
  type PruningParams,
  recipeOf,
} from "@winnow/contracts";
import { estimateFold, modelConfig, trainingPlan } from "@winnow/encoder/estimate";
import { softmaxRegressionBytes } from "@winnow/linear";
import {
  listTrainedFolds,
  probabilityBytes,
  readCrossValidation,
  readDataset,
  readUpload,
  type Store,
  secondsPerUnit,
} from "@winnow/store";

/** Finished jobs or folds that an estimate is based on, the latest. */
const RECENT = 50;

const UNKNOWN: JobEstimate = {
  rows: null,
  folds: null,
  steps: null,
  seconds: null,
  peakMemoryBytes: null,
  storageBytes: null,
};

/** How many rows a file holds is not known before it is read; its bytes are. */
export async function estimateIngest(
  store: Store,
  { source, sampling }: DatasetIngestParams,
  ingestRoot: string | undefined,
): Promise<JobEstimate> {
  if (source.type === "dataset") {
    const { rows, classes } = await readDataset(store, source.datasetId);
    const most = sampling && classes !== null ? sampling.perClass * classes : Infinity;
    return { ...UNKNOWN, rows: rows === null ? null : Math.min(rows, most) };
  }
  let bytes: number | null = null;
  if (source.type === "upload") bytes = (await readUpload(store, source.uploadId)).bytes;
  if (source.type === "path" && ingestRoot !== undefined) {
    bytes = (await stat(resolve(ingestRoot, source.path))).size;
  }
  return {
    ...UNKNOWN,
    seconds: times(bytes, await secondsPerUnit(store, "dataset-ingest", RECENT)),
  };
}

/**
 * Steps, memory and storage by the recipe; seconds from the folds that were last trained with the
 * same model. At most: patience may end folds earlier.
 */
export async function estimateTraining(
  store: Store,
  params: FoldTrainingParams,
): Promise<JobEstimate> {
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

/** What a row and epoch cost depends on. */
const costOf = ({ model, training }: Partial<FoldTrainingParams>) => [
  model,
  training?.pretraining,
  training?.microBatchSize,
];

/** Of one fold's process; null for a checkpoint, whose sizes are known to the workers alone. */
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
      // Unless a faster one is asked for; the native ones need more.
      backend: backend === "auto" ? "wasm" : backend,
      linearPartBytes: softmaxRegressionBytes,
    },
  );
}

export async function estimateImport(
  store: Store,
  params: ProbabilityImportParams,
): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, params.datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const pace = await secondsPerUnit(store, "probability-import", RECENT);
  return {
    ...UNKNOWN,
    rows,
    seconds: times(rows * classes, pace),
    storageBytes: probabilityBytes(rows, classes),
  };
}

/** Rows of probabilities that a pruning holds at a time, read and read ahead. */
const rowsInHand = 2 * 4096;

export async function estimatePruning(store: Store, params: PruningParams): Promise<JobEstimate> {
  const { rows, classes, folds } = await readCrossValidation(store, params.crossValidationId);
  const pace = await secondsPerUnit(store, "pruning", RECENT);
  // The runtime itself comes on top.
  const { total } = estimateMemory(rows, classes, { dtype: "float32" });
  return {
    ...UNKNOWN,
    rows,
    folds,
    seconds: times(rows * classes, pace),
    peakMemoryBytes: total + Math.min(rows, rowsInHand) * classes * 4,
  };
}

/** Rounded to what a reader can use. */
function times(units: number | null, secondsEach: number | null): number | null {
  if (units === null || secondsEach === null) return null;
  return Number((units * secondsEach).toPrecision(3));
}
