import { isDeepStrictEqual } from "node:util";
import { type FoldTrainingParams, foldsOf, hasVectors, type JobEstimate } from "@winnow/contracts";
import { QUICK_FOLDS } from "@winnow/linear";
import {
  hasSecondRound,
  readsTexts,
  type TrainingNeeds,
  trainingNeeds,
  trainRowsOf,
} from "@winnow/sizing";
import {
  listTrainedFolds,
  readDataset,
  readProfile,
  type Store,
  secondsPerProbability,
} from "@winnow/store";
import { assertTrainingAllowed, type EncodingEstimate, encodingEstimate } from "./encoder-size.js";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost, JobSettings } from "./job-post.js";
import { vectorColumns } from "./vector-columns.js";

export const FOLD_TRAINING: JobPost<"fold-training"> = {
  assertAllowed: assertTrainingAllowed,
  estimate,
};

/** The needs with those of the vectors, whose size an endpoint alone may know. */
interface WholeNeeds extends Omit<TrainingNeeds, "storageBytes"> {
  readonly storageBytes: number | null;
}

/** Steps, memory and storage follow from the recipe, seconds from recent folds of the same model. */
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
  const { embeddings } = params.model;
  const encoding = await encodingEstimate(params.model, { rows, classes }, store, settings);
  const columns = embeddings
    ? await vectorColumns(
        embeddings,
        { datasetId: params.datasetId, rows, classes, folds: Math.min(QUICK_FOLDS, rows) },
        store,
        settings,
      )
    : (encoding?.columns ?? null);
  const size = { rows, classes, folds };
  const units = readsTexts(params, size) ? await unitsOf(store, params.datasetId, rows) : 0;
  const vocabularySize = alike[0]?.vocabularySize;
  const needs = trainingNeeds(params, { ...size, units, columns, vocabularySize });
  const { steps, epochs, peakMemoryBytes, gpuMemoryBytes, storageBytes } = withEncoding(
    needs,
    encoding,
  );
  const isTwoRounds = hasSecondRound(params, size);
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
        times(folds * trainRowsOf(size) * epochs, seen > 0 ? seconds / seen : null),
        times(rows * classes, pace),
      ),
      encoding === null ? 0 : encoding.seconds,
    ),
    peakMemoryBytes,
    gpuMemoryBytes: gpuMemoryBytes ?? null,
    storageBytes,
  };
}

/** UTF-16 units of all texts together. */
async function unitsOf(store: Store, datasetId: string, rows: number): Promise<number> {
  const { lengths } = await readProfile(store, datasetId);
  return Math.ceil(rows * lengths.mean);
}

/** A second round takes little beside the folds: unknown, it is left out. */
const added = (folds: number | null, second: number | null): number | null =>
  folds === null ? null : times(1, folds + (second ?? 0));

/** Encoding may take most of the time: unknown, the whole is. */
const sumOf = (rounds: number | null, encoding: number | null): number | null =>
  rounds === null || encoding === null ? null : times(1, rounds + encoding);

/** The larger process, the texts as steps, and the cache. */
function withEncoding(rounds: TrainingNeeds, encoding: EncodingEstimate | null): WholeNeeds {
  if (encoding === null) return rounds;
  const { steps, peakMemoryBytes: peak, storageBytes } = encoding;
  return {
    ...rounds,
    steps: rounds.steps + steps,
    peakMemoryBytes: rounds.peakMemoryBytes && peak && Math.max(rounds.peakMemoryBytes, peak),
    storageBytes: storageBytes === null ? null : rounds.storageBytes + storageBytes,
  };
}

/** What the cost of a row and epoch depends on. */
const costOf = ({ model, training }: Partial<FoldTrainingParams>) => [
  {
    kind: "albert",
    ...model,
    embeddings: model && hasVectors(model),
    encoder: undefined,
    embeddingsEndpoint: undefined,
  },
  training?.pretraining,
  training?.microBatchSize,
];
