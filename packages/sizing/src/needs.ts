import { estimateMemory, type Order, recipeFor } from "@winnow/confident-learning";
import {
  asksSecondRound,
  epochChoiceOf,
  type FoldTrainingParams,
  hasVectors,
  isNetwork,
  type NetworkTraining,
  recipeOf,
  SECOND_ROUND_STEPS,
} from "@winnow/contracts";
import {
  estimateFold,
  type FoldEstimate,
  modelConfig,
  SHARD_ROWS,
  trainingPlan,
} from "@winnow/encoder/estimate";
import {
  gaussianBytes,
  naiveBayesMemory,
  QUICK_FOLDS,
  softmaxRegressionBytes,
  softmaxRegressionSteps,
} from "@winnow/linear";
import { probabilityBytes } from "./table-bytes.js";

/** The data of a run. */
export interface TrainingSize {
  readonly rows: number;
  readonly classes: number;
  readonly folds: number;
  /** UTF-16 units of all texts together; of no account unless `readsTexts`. */
  readonly units: number;
  /** Of the rows' vectors; null without. */
  readonly columns: number | null;
  /** Of a text, on average, with both ends. Default: as many as the model reads. */
  readonly pieces?: number;
  /** Default: as many pieces as the model's vocabulary may have. */
  readonly vocabularySize?: number | undefined;
}

/** What a run takes, upper limits: patience can end folds earlier. */
export interface TrainingNeeds {
  readonly steps: number;
  /** Passes over the training rows. */
  readonly epochs: number;
  /** Of the largest process; null for a checkpoint, whose sizes only the workers know. */
  readonly peakMemoryBytes: number | null;
  /** Absent where no GPU is used. */
  readonly gpuMemoryBytes?: number | null;
  /** Tables of probabilities, and models. */
  readonly storageBytes: number;
}

/** Rows of all folds but one. */
export const trainRowsOf = ({ rows, folds }: Pick<TrainingSize, "rows" | "folds">): number =>
  Math.ceil(rows - rows / folds);

/** Whether a pool with the quick model follows the folds, as a task of its own. */
export const hasSecondRound = (
  params: FoldTrainingParams,
  { rows, classes }: Pick<TrainingSize, "rows" | "classes">,
): boolean =>
  asksSecondRound(params) &&
  recipeFor(rows, classes, { hasVectors: hasVectors(params.model) }).rounds !== "quick";

/** Whether a model reads the texts themselves: then its memory depends on their length. */
export const readsTexts = (
  params: FoldTrainingParams,
  size: Pick<TrainingSize, "rows" | "classes">,
): boolean => params.model.kind === "quick" || hasSecondRound(params, size);

/** What the folds of a run and its second round take, without the vectors of an encoder. */
export function trainingNeeds(params: FoldTrainingParams, size: TrainingSize): TrainingNeeds {
  const folded = isNetwork(params) ? ofNetwork(params, size) : ofModel(params, size);
  return hasSecondRound(params, size) ? withSecondRound(folded, size) : folded;
}

/** A Node process that computes without a network. */
export const RUNTIME_BYTES = 100e6;

function ofModel({ model }: FoldTrainingParams, size: TrainingSize): TrainingNeeds {
  const { rows, classes, folds, columns } = size;
  const storageBytes = probabilityBytes(rows, classes);
  if (model.kind === "linear") {
    const pieces = rows * model.maxLength;
    const shard = 4 * Math.min(rows, SHARD_ROWS) * model.maxLength;
    const fitted = RUNTIME_BYTES + shard + softmaxRegressionBytes(pieces, classes);
    const peakMemoryBytes = Math.max(fitted, preparedBytes(rows, model.maxLength));
    const steps = folds * softmaxRegressionSteps(trainRowsOf(size));
    return { steps, epochs: 1, peakMemoryBytes, storageBytes };
  }
  return {
    steps: rows,
    epochs: 1,
    peakMemoryBytes: quickBytes(size, columns === null ? 1 : SECOND_TARGETS) + vectorBytes(size),
    storageBytes: columns === null ? storageBytes : (1 + VECTOR_MEMBERS) * storageBytes,
  };
}

/** The larger process, and the tables of the folds as a member, the others and the pool. */
function withSecondRound(folded: TrainingNeeds, size: TrainingSize): TrainingNeeds {
  const second = secondRoundNeeds(size);
  const { peakMemoryBytes, storageBytes, steps } = folded;
  return {
    ...folded,
    steps: steps + SECOND_ROUND_STEPS,
    peakMemoryBytes: peakMemoryBytes && Math.max(peakMemoryBytes, second.memoryBytes),
    storageBytes: storageBytes + second.storageBytes,
  };
}

/** The second round alone, beside the tables of the folds. */
export function secondRoundNeeds(size: TrainingSize): {
  memoryBytes: number;
  storageBytes: number;
} {
  const others = size.columns === null ? TEXT_MEMBERS : VECTOR_MEMBERS;
  return {
    memoryBytes: quickBytes(size, SECOND_TARGETS) + vectorBytes(size),
    storageBytes: (1 + others) * probabilityBytes(size.rows, size.classes),
  };
}

/** Members of a pool besides the folds: with vectors each model has two rounds. */
const TEXT_MEMBERS = 2;
const VECTOR_MEMBERS = 4;

/** The Gaussians' sums over all folds, and two more tables of probabilities. */
function vectorBytes({ rows, classes, columns }: TrainingSize): number {
  if (columns === null) return 0;
  const sums = gaussianBytes({ rows, columns, classes, folds: Math.min(QUICK_FOLDS, rows) });
  return sums + 2 * Math.min(8 * rows * classes, MOST_PROBABILITY_BYTES);
}

/** Classes of a row that the second round learns from, at most. */
const SECOND_TARGETS = 10;

/** The quick model's process, by what a row teaches. */
function quickBytes({ rows, classes, units }: TrainingSize, targetClasses: number): number {
  const most = Math.min(targetClasses, classes);
  const { total } = naiveBayesMemory({ rows, units, classes, cjk: false, targetClasses: most });
  const tables = targetClasses > 1 ? 2 : 1;
  const probabilities = tables * Math.min(8 * rows * classes, MOST_PROBABILITY_BYTES);
  const targets = targetClasses > 1 ? 6 * most * rows : 0;
  return RUNTIME_BYTES + 2 * units + total + probabilities + targets;
}

/** More probabilities than these lie in a file. */
const MOST_PROBABILITY_BYTES = 2 ** 27;

function ofNetwork(params: NetworkTraining, size: TrainingSize): TrainingNeeds {
  const { rows, classes, folds } = size;
  const { training } = params;
  const trainRows = trainRowsOf(size);
  const plan = trainingPlan(
    { ...training, recipe: recipeOf(params) },
    { rows: trainRows, classes },
  );
  const fold = foldNeeds(params, size);
  const evaluated = Math.ceil(plan.epochs / plan.evaluateEvery);
  const tables = epochChoiceOf(params) === "vote" ? evaluated : 1;
  const models = training.keepModels && fold ? 4 * fold.parameters * folds * evaluated : 0;
  return {
    steps: folds * plan.epochs * Math.ceil(trainRows / plan.batchSize),
    epochs: plan.epochs,
    peakMemoryBytes: fold?.peakMemoryBytes ?? null,
    gpuMemoryBytes: fold && MAY_USE_GPU.has(params.backend) ? fold.gpuMemoryBytes : null,
    storageBytes: (tables + (plan.linearPart ? 1 : 0)) * probabilityBytes(rows, classes) + models,
  };
}

/** With "auto" a worker with a card may take it. */
const MAY_USE_GPU: ReadonlySet<NetworkTraining["backend"]> = new Set([
  "auto",
  "tfjs-node-gpu",
  "webgpu",
]);

/** One fold of a network; null for a checkpoint, whose sizes only the workers know. */
export function foldNeeds(
  { model, training, backend }: NetworkTraining,
  size: TrainingSize,
): FoldEstimate | null {
  if (model.kind === "bert" || model.checkpoint) return null;
  const { rows, classes, folds, pieces = model.maxLength } = size;
  const config = modelConfig({ ...model, hiddenDropout: training.dropout });
  const testRows = Math.ceil(rows / folds);
  const vocabularySize = size.vocabularySize ?? model.vocabulary.maxSize;
  const fold = estimateFold(
    config,
    // Few texts are more than twice as long as the mean.
    { vocabularySize, classes, trainRows: rows - testRows, testRows, longestPieces: 2 * pieces },
    {
      training,
      // The smallest; native backends need more memory.
      backend: backend === "auto" ? "wasm" : backend,
      linearPartBytes: softmaxRegressionBytes,
    },
  );
  const read = Math.min(pieces, model.maxLength);
  const inMemory = Math.min(rows, SHARD_ROWS);
  const data = tokenBytes(inMemory, read) + ROW_BYTES * inMemory + rows;
  const peakMemoryBytes = Math.max(fold.peakMemoryBytes + data, preparedBytes(rows, read));
  return { ...fold, peakMemoryBytes };
}

/** Label, fold, and the places by class of every row, while a large dataset's rows are dealt to folds. */
const DEALT_BYTES = 4 + 1 + 4 + 4;
/** Numbers of all shards together that wait to be written. */
const WAITING_BYTES = 2 ** 25;

/**
 * What the process that makes the tokens of a large dataset takes, and deals its rows to folds, beyond
 * those of a dataset in memory, which holds its texts instead.
 */
function preparedBytes(rows: number, pieces: number): number {
  if (rows <= SHARD_ROWS) return 0;
  const shard = SHARD_ROWS * (4 * (pieces + 3) + 8) + tokenBytes(SHARD_ROWS, pieces);
  return RUNTIME_BYTES + Math.max(DEALT_BYTES * rows, WAITING_BYTES + shard);
}

/** A text as a string in memory, beside its characters. */
const STRING_BYTES = 100;

/** What making the tokens takes: of a large dataset they are written shard by shard. */
export function tokenisingBytes({ rows, units }: TrainingSize, pieces: number): number {
  if (rows > SHARD_ROWS) return preparedBytes(rows, pieces);
  return RUNTIME_BYTES + units + rows * STRING_BYTES + 2 * tokenBytes(rows, pieces);
}

/** The tokens of texts, in memory and in the storage folder. */
export const tokenBytes = (rows: number, pieces: number): number => rows * (2 * pieces + 4);

/** Of a row in a fold's process: label, fold, its places among the training rows and in an epoch's order. */
const ROW_BYTES = 4 + 1 + 4 + 8;

/** Rows of probabilities in memory during a pruning: one block in use, one read ahead. */
const BUFFERED_ROWS = 2 * 4096;

/** Bytes that a pruning of (rows, classes) holds at most, without the runtime itself. */
export function pruningBytes(rows: number, classes: number, order?: Order): number {
  const { total } = estimateMemory(rows, classes, { dtype: "float32", ...(order && { order }) });
  return total + Math.min(rows, BUFFERED_ROWS) * classes * 4;
}
