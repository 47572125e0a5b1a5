import { type ErrorCode, FoldTrainingParams, TRAINING_CODES } from "@winnow/contracts";
import {
  EncoderError,
  type EncoderErrorCode,
  type FoldResult,
  type SelectedBackend,
  selectBackend,
  type TrainFoldOptions,
  trainFold,
} from "@winnow/encoder";
import { fitSoftmaxRegression, type LinearErrorCode } from "@winnow/linear";
import { folderPath, modelKey, storedPath } from "@winnow/storage";
import {
  type Claim,
  classNames,
  type EpochPredictions,
  epochsThatCount,
  readCrossValidation,
  type Store,
  writeFold,
} from "@winnow/store";
import { type HeldOut, openHeldOut } from "../checkpoints/held-out.js";
import { openCheckpointStore } from "../checkpoints/open-checkpoint-store.js";
import type { CheckpointPlace } from "../checkpoints/place.js";
import { openStorage } from "../files/storage.js";
import { retryOnOutage } from "../tasks/outages.js";
import type { ChildMessage } from "../trainer/messages.js";
import { importBackendPackage } from "./backend-packages.js";
import { type Checkpoints, openCheckpoints } from "./checkpoints.js";
import { type FoldInputs, readFoldInputs } from "./fold-inputs.js";
import { keepModel } from "./kept-models.js";
import { openSharedCache } from "./shared-cache.js";
import { readSoftTargets } from "./soft-targets.js";
import { openStart, type Start, startWeights } from "./start-weights.js";

TRAINING_CODES satisfies Record<EncoderErrorCode | LinearErrorCode, ErrorCode>;

const PROGRESS_EVERY_MS = 1_000;

/** What the training of a fold may use from outside. */
export interface FoldDeps {
  readonly store: Store;
  readonly storageDir: string;
  readonly checkpointPlace: CheckpointPlace;
  /** Absolute; null: checkpoints are off. */
  readonly modelsDir: string | null;
  readonly checkpointIntervalMs: number;
  tell(message: ChildMessage): void;
  /** Whether this process is asked to end. */
  stopping(): boolean;
  /** Called once the state is saved from which another process may go on. */
  onStopped(): void;
}

type FoldClaim = Claim & {
  readonly fold: number;
  readonly datasetId: string;
  readonly crossValidationId: string;
};

/**
 * Trains one fold on all the others, predicts its own samples and writes them, guarded by the
 * claim. It goes on from the last checkpoint of an attempt before. The same parameters, data and
 * machine give the same probabilities, interrupted or not. Throws `StaleClaimError` when the claim
 * is lost; then nothing was written.
 */
export async function runFold(claim: FoldClaim, deps: FoldDeps): Promise<void> {
  const { store, tell } = deps;
  const onFault = (message: string) => tell({ type: "warning", message });
  const startedAt = performance.now();
  const params = FoldTrainingParams.parse(claim.params);
  tell({ type: "progress", phase: "preparing" });
  const { choice } = (await readCrossValidation(store, claim.crossValidationId)).epochVote;
  const backend = await selectBackend(params.backend, importBackendPackage);
  tell({ type: "backend", backend });
  const cache = openSharedCache(folderPath(deps.storageDir, "tokens"), (error) =>
    onFault(`the cache is not shared between folds: ${error}`),
  );
  const start = await openStart(params, deps.modelsDir, tell);
  const inputs = await readFoldInputs(store, claim.datasetId, params, cache, start.vocabulary);
  tell({ type: "note", message: "tokens", data: { made: inputs.tokensMade } });
  const { labels, classCount } = inputs;
  const weights = await startWeights(params, start, inputs, cache, tell);
  const softTargets = await softTargetsOf(params, inputs, deps);
  const { trainIndices, testIndices } = splitOf(inputs.folds, claim.fold);
  const checkpointStore = await openCheckpointStore(deps.checkpointPlace, claim.taskId);
  const checkpoints = openCheckpoints({
    checkpointStore,
    attempt: claim.attempt,
    intervalMs: deps.checkpointIntervalMs,
    stopping: deps.stopping,
    onStopped: deps.onStopped,
    onFault,
  });
  const heldOut = openHeldOut({
    checkpointStore,
    attempt: claim.attempt,
    forget: checkpoints.clear,
    onFault,
  });
  const keep = params.training.keepModels
    ? await modelKeeper(claim, params, deps, start, inputs)
    : async () => {};
  const result = await trainOrResume(checkpoints, deps, {
    config: start.config,
    vocabularySize: inputs.vocabulary.length,
    classes: classCount,
    tokens: inputs.tokens,
    labels,
    trainIndices,
    testIndices,
    seed: foldSeed(params.seed, claim.fold),
    training: params.training,
    fitLinearPart: fitSoftmaxRegression,
    ...(weights && { weights }),
    ...(softTargets && { softTargets }),
    onProgress: progressTeller(tell),
    onEpoch: (metrics) => tell({ type: "epoch", ...metrics }),
    async onHeldOut(epoch, probs, weightsOf) {
      await heldOut.save(epoch, probs);
      await keep(epoch, weightsOf);
    },
    checkpoint: checkpoints,
  });
  tell({ type: "progress", phase: "writing", step: result.steps, steps: result.steps });
  // Of a vote every epoch: which one counts is known once all folds are done.
  const chosen = epochsThatCount(choice, null, result.epochs);
  const last = chosen.at(-1);
  if (last === undefined) throw new Error("the training reported no epoch");
  await retryOnOutage(() =>
    writeFold(
      store,
      claim,
      {
        fold: claim.fold,
        ordinals: testIndices,
        labels: testIndices.map((row) => labels[row] as number),
        probs: chosen.map(({ epoch }) => predictionsOf(heldOut, epoch)),
        classCount,
      },
      {
        trainRows: trainIndices.length,
        testRows: testIndices.length,
        accuracy: last.heldOutAccuracy,
        loss: last.heldOutLoss,
        epochs: result.epochs.map((epoch) => ({ ...epoch })),
        seconds: (performance.now() - startedAt) / 1000,
        backend: describe(backend, inputs.vocabulary.length, result),
      },
    ),
  );
}

const predictionsOf = (heldOut: HeldOut, epoch: number): EpochPredictions => ({
  epoch,
  probs: () => heldOut.load(epoch),
});

async function softTargetsOf(params: FoldTrainingParams, inputs: FoldInputs, deps: FoldDeps) {
  const source = params.training.softTargets;
  if (!source) return null;
  const { datasetId } = params;
  const asked = { datasetId, n: inputs.labels.length, k: inputs.classCount };
  const storage = openStorage(deps.storageDir, null, null);
  return readSoftTargets(source, asked, { store: deps.store, storage });
}

/** Keeps the model of each epoch: which one counts may be known once all folds are done. */
async function modelKeeper(
  claim: FoldClaim,
  params: FoldTrainingParams,
  deps: FoldDeps,
  start: Start,
  inputs: FoldInputs,
) {
  const names = await classNames(deps.store, claim.datasetId);
  return async (epoch: number, weights: () => Promise<FoldResult["weights"]>) => {
    const key = modelKey(claim.crossValidationId, claim.fold, epoch);
    await keepModel(storedPath(deps.storageDir, key), claim.attempt, {
      config: start.config,
      vocabulary: inputs.vocabulary,
      classNames: names,
      lowerCase: params.model.tokenizer.lowerCase,
      weights: await weights(),
    });
  };
}

/** A state that this software, data or plan cannot go on from is no reason to fail: start anew. */
async function trainOrResume(
  checkpoints: Checkpoints,
  { tell }: FoldDeps,
  options: TrainFoldOptions,
): Promise<FoldResult> {
  try {
    return await trainFold(options);
  } catch (error) {
    const unfit = error instanceof EncoderError && error.code === "bad-checkpoint";
    if (!unfit || !checkpoints.resumed) throw error;
    tell({ type: "warning", message: error.message });
    await checkpoints.clear();
    return trainFold(options);
  }
}

/** Rows of the fold and of all the others, each ascending. */
function splitOf(folds: Uint8Array, fold: number) {
  const test: number[] = [];
  const train: number[] = [];
  folds.forEach((of, row) => {
    (of === fold ? test : train).push(row);
  });
  return { trainIndices: Int32Array.from(train), testIndices: Int32Array.from(test) };
}

/** Folds start from different weights, so that they do not share one start's luck. */
const foldSeed = (seed: number, fold: number): number => (seed + fold * 0x9e37_79b9) >>> 0;

function describe(backend: SelectedBackend, vocabularySize: number, { plan, weights }: FoldResult) {
  const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  return { ...backend, node: process.version, vocabularySize, parameters, plan };
}

/** Tells of progress once a second; the rate is that of this process, not of an attempt before. */
function progressTeller(tell: FoldDeps["tell"]): NonNullable<TrainFoldOptions["onProgress"]> {
  let first: { samples: number; at: number; step: number } | undefined;
  let next = 0;
  return ({ step, steps, epoch, loss, samples }) => {
    const now = performance.now();
    if (!first) {
      first = { samples, at: now, step };
      if (step > 1) tell({ type: "note", message: "resumed", data: { step: step - 1, steps } });
    }
    if (now < next) return;
    next = now + PROGRESS_EVERY_MS;
    const rate = (samples - first.samples) / ((now - first.at) / 1000);
    const metrics = { epoch, loss, ...(rate > 0 && { samplesPerSecond: Math.round(rate) }) };
    tell({ type: "progress", phase: "training", step, steps, metrics });
  };
}
