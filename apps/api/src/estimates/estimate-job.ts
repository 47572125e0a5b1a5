import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { estimateMemory } from "@winnow/confident-learning";
import type {
  DatasetIngestParams,
  FoldTrainingParams,
  JobEstimate,
  ProbabilityImportParams,
  PruningParams,
} from "@winnow/contracts";
import { readCrossValidation, readDataset, readUpload, type Store } from "@winnow/store";
import { secondsPerUnit, trainedFolds } from "./history.js";
import { probabilityBytes } from "./probability-bytes.js";

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
  if (source.type === "upload") bytes = (await readUpload(store.pool, source.uploadId)).bytes;
  if (source.type === "path" && ingestRoot !== undefined) {
    bytes = (await stat(resolve(ingestRoot, source.path))).size;
  }
  return { ...UNKNOWN, seconds: times(bytes, await secondsPerUnit(store, "dataset-ingest")) };
}

/** From the folds that were last trained with the same model. */
export async function estimateTraining(
  store: Store,
  params: FoldTrainingParams,
): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, params.datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const { folds, model, training } = params;
  const trainRows = rows - rows / folds;
  const alike = (await trainedFolds(store)).filter((fold) =>
    isDeepStrictEqual(fold.configuration.model, model),
  );
  const planned = alike.find(
    (fold) => fold.configuration.training?.recipe === training.recipe && fold.batchSize !== null,
  );
  const epochs = training.epochs ?? planned?.epochs ?? null;
  const batchSize = training.batchSize ?? planned?.batchSize ?? null;
  const seconds = alike.reduce((sum, fold) => sum + fold.seconds, 0);
  const seen = alike.reduce((sum, fold) => sum + fold.trainRows * fold.epochs, 0);
  return {
    ...UNKNOWN,
    rows,
    folds,
    steps:
      epochs === null || batchSize === null
        ? null
        : folds * epochs * Math.ceil(trainRows / batchSize),
    seconds: times(epochs && folds * trainRows * epochs, seen > 0 ? seconds / seen : null),
    storageBytes: probabilityBytes(rows, classes),
  };
}

export async function estimateImport(
  store: Store,
  params: ProbabilityImportParams,
): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, params.datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const pace = await secondsPerUnit(store, "probability-import");
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
  const pace = await secondsPerUnit(store, "pruning");
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
