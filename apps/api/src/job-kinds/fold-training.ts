import { isDeepStrictEqual } from "node:util";
import { recipeFor } from "@winnow/confident-learning";
import {
  asksSecondRound,
  epochChoiceOf,
  type FoldTrainingParams,
  foldsOf,
  hasVectors,
  isNetwork,
  type JobEstimate,
  type NetworkTraining,
  recipeOf,
} from "@winnow/contracts";
import { estimateFold, modelConfig, trainingPlan } from "@winnow/encoder/estimate";
import {
  gaussianBytes,
  naiveBayesMemory,
  QUICK_FOLDS,
  softmaxRegressionBytes,
  softmaxRegressionSteps,
} from "@winnow/linear";
import {
  listTrainedFolds,
  probabilityBytes,
  readDataset,
  readProfile,
  SECOND_ROUND_STEPS,
  type Store,
  secondsPerProbability,
  type TrainedFold,
} from "@winnow/store";
import { assertTrainingAllowed, type EncodingEstimate, encodingEstimate } from "./encoder-size.js";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost, JobSettings } from "./job-post.js";
import { vectorColumns } from "./vector-columns.js";

export const FOLD_TRAINING: JobPost<"fold-training"> = {
  assertAllowed: assertTrainingAllowed,
  estimate,
};

/** The run that is to be estimated, and the folds of the same model that were trained last. */
interface Planned {
  readonly rows: number;
  readonly classes: number;
  readonly folds: number;
  /** Of one fold. */
  readonly trainRows: number;
  readonly alike: readonly TrainedFold[];
  /** Of the rows' vectors; null without. */
  readonly columns: number | null;
}

/** What is said of a run by its model. */
interface ModelEstimate {
  readonly steps: number;
  /** Passes over the training rows. */
  readonly epochs: number;
  readonly peakMemoryBytes: number | null;
  /** Absent where no GPU is used. */
  readonly gpuMemoryBytes?: number | null;
  /** Tables of probabilities, and models. */
  readonly storageBytes: number;
}

/**
 * Steps, memory and storage follow from the recipe, seconds from recent folds of the same model. These
 * are upper limits: patience can end folds earlier.
 */
async function estimate(
  params: FoldTrainingParams,
  store: Store,
  settings: JobSettings,
): Promise<JobEstimate> {
  const { rows, classes } = await readDataset(store, params.datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const folds = foldsOf(params, rows);
  const alike = (await listTrainedFolds(store, RECENT)).filter(({ configuration }) =>
    isDeepStrictEqual(costOf(configuration), costOf(params)),
  );
  const trainRows = Math.ceil(rows - rows / folds);
  const { embeddings, encoder } = params.model;
  const encoding = encoder
    ? await encodingEstimate(encoder, { rows, classes }, store, settings)
    : null;
  const columns = embeddings
    ? await vectorColumns(
        embeddings,
        { datasetId: params.datasetId, rows, classes, folds: Math.min(QUICK_FOLDS, rows) },
        store,
        settings,
      )
    : (encoding?.columns ?? null);
  const planned = { rows, classes, folds, trainRows, alike, columns };
  const folded = isNetwork(params)
    ? ofNetwork(params, planned)
    : await ofModel(params, planned, store);
  const isTwoRounds =
    asksSecondRound(params) &&
    recipeFor(rows, classes, { hasVectors: hasVectors(params.model) }).rounds !== "quick";
  const rounds = isTwoRounds ? await withSecondRound(folded, params, planned, store) : folded;
  const { steps, epochs, peakMemoryBytes, gpuMemoryBytes, storageBytes } = withEncoding(
    rounds,
    encoding,
  );
  const pace = isTwoRounds ? await secondsPerProbability(store, "second-round", RECENT) : null;
  const seconds = alike.reduce((sum, fold) => sum + fold.seconds, 0);
  const seen = alike.reduce((sum, fold) => sum + fold.trainRows * fold.epochs, 0);
  return {
    ...UNKNOWN,
    rows,
    folds,
    steps,
    seconds: sumOf(
      added(
        times(folds * trainRows * epochs, seen > 0 ? seconds / seen : null),
        times(rows * classes, pace),
      ),
      encoding === null ? 0 : encoding.seconds,
    ),
    peakMemoryBytes,
    gpuMemoryBytes: gpuMemoryBytes ?? null,
    storageBytes,
  };
}

/** A second round takes little beside the folds: unknown, it is left out. */
const added = (folds: number | null, second: number | null): number | null =>
  folds === null ? null : times(1, folds + (second ?? 0));

/** Encoding may take most of the time: unknown, the whole is. */
const sumOf = (rounds: number | null, encoding: number | null): number | null =>
  rounds === null || encoding === null ? null : times(1, rounds + encoding);

/** The larger process, the texts as steps, and the cache. */
function withEncoding(rounds: ModelEstimate, encoding: EncodingEstimate | null): ModelEstimate {
  if (encoding === null) return rounds;
  return {
    ...rounds,
    steps: rounds.steps + encoding.steps,
    peakMemoryBytes:
      rounds.peakMemoryBytes && Math.max(rounds.peakMemoryBytes, encoding.peakMemoryBytes),
    storageBytes: rounds.storageBytes + encoding.storageBytes,
  };
}

/** What the cost of a row and epoch depends on. */
const costOf = ({ model, training }: Partial<FoldTrainingParams>) => [
  { kind: "albert", ...model, embeddings: model && hasVectors(model), encoder: undefined },
  training?.pretraining,
  training?.microBatchSize,
];

/** A Node process that computes without a network. */
const RUNTIME_BYTES = 100e6;

async function ofModel(
  { datasetId, model }: FoldTrainingParams,
  { rows, classes, folds, trainRows, columns }: Planned,
  store: Store,
): Promise<ModelEstimate> {
  const storageBytes = probabilityBytes(rows, classes);
  if (model.kind === "linear") {
    const pieces = rows * model.maxLength;
    const peakMemoryBytes = RUNTIME_BYTES + 4 * pieces + softmaxRegressionBytes(pieces, classes);
    const steps = folds * softmaxRegressionSteps(trainRows);
    return { steps, epochs: 1, peakMemoryBytes, storageBytes };
  }
  const targets = columns === null ? 1 : SECOND_TARGETS;
  const texts = await quickBytes(store, { datasetId, rows, classes }, targets);
  return {
    steps: rows,
    epochs: 1,
    peakMemoryBytes: texts + vectorBytes({ rows, classes, columns }),
    storageBytes: columns === null ? storageBytes : (1 + VECTOR_MEMBERS) * storageBytes,
  };
}

/** The larger process, and the tables of the folds as a member, the others and the pool. */
async function withSecondRound(
  folded: ModelEstimate,
  { datasetId }: FoldTrainingParams,
  { rows, classes, columns }: Planned,
  store: Store,
): Promise<ModelEstimate> {
  const texts = await quickBytes(store, { datasetId, rows, classes }, SECOND_TARGETS);
  const second = texts + vectorBytes({ rows, classes, columns });
  const others = columns === null ? TEXT_MEMBERS : VECTOR_MEMBERS;
  const { peakMemoryBytes, storageBytes, steps } = folded;
  return {
    ...folded,
    steps: steps + SECOND_ROUND_STEPS,
    peakMemoryBytes: peakMemoryBytes && Math.max(peakMemoryBytes, second),
    storageBytes: storageBytes + (1 + others) * probabilityBytes(rows, classes),
  };
}

/** Members of a pool besides the folds: with vectors each model has two rounds. */
const TEXT_MEMBERS = 2;
const VECTOR_MEMBERS = 4;

/** The Gaussians' sums over all folds, and two more tables of probabilities. */
function vectorBytes({
  rows,
  classes,
  columns,
}: Pick<Planned, "rows" | "classes" | "columns">): number {
  if (columns === null) return 0;
  const sums = gaussianBytes({ rows, columns, classes, folds: Math.min(QUICK_FOLDS, rows) });
  return sums + 2 * Math.min(8 * rows * classes, MOST_PROBABILITY_BYTES);
}

/** Classes of a row that the second round learns from, at most. */
const SECOND_TARGETS = 10;

/** The quick model's process, by what a row teaches. */
async function quickBytes(
  store: Store,
  { datasetId, rows, classes }: { datasetId: string; rows: number; classes: number },
  targetClasses: number,
): Promise<number> {
  const { lengths } = await readProfile(store, datasetId);
  const units = Math.ceil(rows * lengths.mean);
  const most = Math.min(targetClasses, classes);
  const { total } = naiveBayesMemory({ rows, units, classes, cjk: false, targetClasses: most });
  const tables = targetClasses > 1 ? 2 : 1;
  const probabilities = tables * Math.min(8 * rows * classes, MOST_PROBABILITY_BYTES);
  const targets = targetClasses > 1 ? 6 * most * rows : 0;
  return RUNTIME_BYTES + 2 * units + total + probabilities + targets;
}

/** More probabilities than these lie in a file. */
const MOST_PROBABILITY_BYTES = 2 ** 27;

function ofNetwork(params: NetworkTraining, planned: Planned): ModelEstimate {
  const { rows, classes, folds, trainRows } = planned;
  const { training } = params;
  const plan = trainingPlan(
    { ...training, recipe: recipeOf(params) },
    { rows: trainRows, classes },
  );
  const fold = foldEstimate(params, planned);
  const evaluated = Math.ceil(plan.epochs / plan.evaluateEvery);
  const tables = epochChoiceOf(params) === "vote" ? evaluated : 1;
  const models = training.keepModels && fold ? 4 * fold.parameters * folds * evaluated : 0;
  return {
    steps: folds * plan.epochs * Math.ceil(trainRows / plan.batchSize),
    epochs: plan.epochs,
    peakMemoryBytes: fold?.peakMemoryBytes ?? null,
    gpuMemoryBytes: fold && MAY_USE_GPU.has(params.backend) ? fold.gpuMemoryBytes : null,
    storageBytes: tables * probabilityBytes(rows, classes) + models,
  };
}

/** With "auto" a worker with a card may take it. */
const MAY_USE_GPU: ReadonlySet<NetworkTraining["backend"]> = new Set([
  "auto",
  "tfjs-node-gpu",
  "webgpu",
]);

/** The estimate of one fold; null for a checkpoint, whose sizes only the workers know. */
function foldEstimate(
  { model, training, backend }: NetworkTraining,
  { rows, classes, folds, alike }: Planned,
) {
  if (model.kind === "bert" || model.checkpoint) return null;
  const config = modelConfig({ ...model, hiddenDropout: training.dropout });
  const testRows = Math.ceil(rows / folds);
  return estimateFold(
    config,
    {
      vocabularySize: alike[0]?.vocabularySize ?? model.vocabulary.maxSize,
      classes,
      trainRows: rows - testRows,
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
