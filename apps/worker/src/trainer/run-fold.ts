import { join } from "node:path";
import {
  AlbertError,
  type AlbertErrorCode,
  type FoldResult,
  modelConfig,
  type SelectedBackend,
  selectBackend,
  type TrainFoldOptions,
  trainFold,
} from "@winnow/albert";
import { type ErrorCode, FoldTrainingParams } from "@winnow/contracts";
import { type Claim, type Store, writeFold } from "@winnow/store";
import { ALBERT_CODES } from "../errors.js";
import { outlastingOutages } from "../outages.js";
import { importBackendPackage } from "./backend-packages.js";
import type { CheckpointPlace } from "./checkpoint-place.js";
import { type Checkpoints, openCheckpoints } from "./checkpoints.js";
import { readFoldInputs } from "./fold-inputs.js";
import type { ChildMessage } from "./messages.js";
import { openShelf } from "./open-shelf.js";
import { openSharedCache } from "./shared-cache.js";

ALBERT_CODES satisfies Record<AlbertErrorCode, ErrorCode>;

const PROGRESS_EVERY_MS = 1_000;

/** What the training of a fold may use from outside. */
export interface FoldDeps {
  readonly store: Store;
  readonly storageDir: string;
  readonly checkpointPlace: CheckpointPlace;
  readonly checkpointIntervalMs: number;
  tell(message: ChildMessage): void;
  /** Whether this process is asked to end. */
  stopping(): boolean;
  /** Called once the state is saved from which another process may go on. */
  onStopped(): void;
}

/**
 * Trains one fold on all the others, predicts its own samples and writes them, guarded by the
 * claim. It goes on from the last checkpoint of an attempt before. The same parameters, data and
 * machine give the same probabilities, interrupted or not. Throws `StaleClaimError` when the claim
 * is lost; then nothing was written.
 */
export async function runFold(
  claim: Claim & { readonly fold: number },
  deps: FoldDeps,
): Promise<void> {
  const { store, tell } = deps;
  const startedAt = performance.now();
  const params = FoldTrainingParams.parse(claim.params);
  tell({ type: "progress", phase: "preparing" });
  const backend = await selectBackend(params.backend, importBackendPackage);
  tell({ type: "backend", backend });
  const cache = openSharedCache(join(deps.storageDir, "tokens"), (error) =>
    tell({ type: "warning", message: `tokens are not shared between folds: ${error}` }),
  );
  const inputs = await readFoldInputs(store, claim.datasetId, params, cache);
  tell({ type: "note", message: "tokens", data: { made: inputs.tokensMade } });
  const { tokens, vocabularySize, labels, classCount } = inputs;
  const { trainIndices, testIndices } = splitOf(inputs.folds, claim.fold);
  const checkpoints = await checkpointsOf(claim, deps);
  const result = await trainOrResume(checkpoints, deps, {
    config: modelConfig(params.model),
    vocabularySize,
    classes: classCount,
    tokens,
    labels,
    trainIndices,
    testIndices,
    seed: foldSeed(params.seed, claim.fold),
    training: params.training,
    onProgress: progressTeller(tell),
    onEpoch: (metrics) => tell({ type: "epoch", ...metrics }),
    checkpoint: checkpoints,
  });
  tell({ type: "progress", phase: "writing", step: result.steps, steps: result.steps });
  const last = result.epochs.at(-1);
  if (last === undefined) throw new Error("the training reported no epoch");
  await outlastingOutages(() =>
    writeFold(
      store,
      claim,
      {
        fold: claim.fold,
        ordinals: testIndices,
        labels: testIndices.map((row) => labels[row] as number),
        probs: result.probs,
        classCount,
      },
      {
        trainRows: trainIndices.length,
        testRows: testIndices.length,
        accuracy: last.heldOutAccuracy,
        loss: last.heldOutLoss,
        epochs: result.epochs.map((epoch) => ({ ...epoch })),
        seconds: (performance.now() - startedAt) / 1000,
        backend: describe(backend, vocabularySize, result.plan),
      },
    ),
  );
}

async function checkpointsOf({ taskId, attempt }: Claim, deps: FoldDeps): Promise<Checkpoints> {
  return openCheckpoints({
    shelf: await openShelf(deps.checkpointPlace, taskId),
    attempt,
    intervalMs: deps.checkpointIntervalMs,
    stopping: deps.stopping,
    onStopped: deps.onStopped,
    onFault: (message) => deps.tell({ type: "warning", message }),
  });
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
    const unfit = error instanceof AlbertError && error.code === "bad-checkpoint";
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

function describe(backend: SelectedBackend, vocabularySize: number, plan: object) {
  return { ...backend, node: process.version, vocabularySize, plan };
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
