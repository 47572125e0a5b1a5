import { FoldTrainingParams, isNetwork } from "@winnow/contracts";
import {
  EncoderError,
  type FoldResult,
  selectBackend,
  type TrainShardsOptions,
  trainShards,
} from "@winnow/encoder";
import { readCrossValidation } from "@winnow/store";
import { openHeldOut } from "../../checkpoints/epoch-predictions.js";
import { openCheckpointStore } from "../../checkpoints/open-checkpoint-store.js";
import { importBackendPackage } from "../backends/backend-packages.js";
import { foldSeed } from "../inputs/fold-split.js";
import { type Checkpoints, openCheckpoints } from "./checkpoints.js";
import type { FoldClaim, FoldDeps } from "./fold-deps.js";
import { modelKeeper } from "./kept-models.js";
import { linearPartInThread } from "./linear-part.js";
import { prepareFold } from "./prepare-fold.js";
import { trainingProgress } from "./progress.js";
import { writeResult } from "./write-result.js";

/**
 * Trains one fold on all others, predicts the fold's own samples and writes the predictions, guarded
 * by the claim. It resumes from the last checkpoint of an earlier attempt. The same parameters, data
 * and machine give the same probabilities, interrupted or not. Throws `StaleClaimError` if the claim
 * is lost; then nothing was written.
 */
export async function runFold(claim: FoldClaim, deps: FoldDeps): Promise<void> {
  const { store, send } = deps;
  const startedAt = performance.now();
  const params = FoldTrainingParams.parse(claim.params);
  if (!isNetwork(params)) throw new Error(`the task ${claim.taskId} has another model`);
  send({ type: "progress", phase: "preparing" });
  const { choice } = (await readCrossValidation(store, claim.crossValidationId)).epochVote;
  const backend = await selectBackend(deps.backend, importBackendPackage);
  send({ type: "backend", backend });
  const prepared = await prepareFold(claim, params, deps);
  const { start, inputs, weights, place, rows } = prepared;
  const { checkpoints, heldOut } = await openStates(claim, deps);
  const keep = params.training.keepModels
    ? await modelKeeper(claim, deps, start, inputs)
    : async () => {};
  const result = await trainOrResume(checkpoints, deps, {
    config: start.config,
    vocabularySize: inputs.vocabulary.length,
    classes: inputs.classCount,
    rows,
    seed: foldSeed(params.seed, claim.fold),
    training: params.training,
    fitLinearPart: linearPartInThread(place),
    ...(weights && { weights }),
    onProgress: trainingProgress(send),
    onEpoch: (metrics) => send({ type: "epoch", ...metrics }),
    async onHeldOut(epoch, probs, weightsOf) {
      await heldOut.save(epoch, probs);
      await keep(epoch, weightsOf);
    },
    checkpoint: checkpoints,
  });
  send({ type: "progress", phase: "writing", step: result.steps, steps: result.steps });
  const seconds = (performance.now() - startedAt) / 1000;
  await writeResult(store, claim, { params, prepared, result, heldOut, choice, backend, seconds });
}

/** The checkpoints of the task, and its predictions of each epoch beside them. */
async function openStates({ taskId, attempt }: FoldClaim, deps: FoldDeps) {
  const checkpointStore = await openCheckpointStore(deps.checkpointPlace, taskId);
  const onFault = (message: string) => deps.send({ type: "warning", message });
  const checkpoints = openCheckpoints({
    checkpointStore,
    attempt,
    intervalMs: deps.checkpointIntervalMs,
    stopping: deps.stopping,
    onStopped: deps.onStopped,
    onFault,
  });
  const heldOut = openHeldOut({ checkpointStore, attempt, forget: checkpoints.clear, onFault });
  return { checkpoints, heldOut };
}

/** Discards a state that this version, dataset or plan cannot resume from, and starts over. */
async function trainOrResume(
  checkpoints: Checkpoints,
  { send }: FoldDeps,
  options: TrainShardsOptions,
): Promise<FoldResult> {
  try {
    return await trainShards(options);
  } catch (error) {
    const isUnfit = error instanceof EncoderError && error.code === "bad-checkpoint";
    if (!isUnfit || !checkpoints.resumed) throw error;
    send({ type: "warning", message: error.message });
    await checkpoints.clear();
    return trainShards(options);
  }
}
