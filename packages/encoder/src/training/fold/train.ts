import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../../errors.js";
import type { Weights } from "../../model/parameters.js";
import { epochBatches, type TokenBatch } from "../../text/batches.js";
import { trainingPlan } from "../recipe/recipe.js";
import { createTargets } from "../steps/targets.js";
import { fastestEngine } from "../steps/trainer.js";
import { type EpochMetrics, runFingerprint } from "./fold-checkpoint.js";
import type { FoldResult, TrainFoldOptions } from "./fold-options.js";
import { saveRun, startRun } from "./fold-run.js";
import { bestEpoch, heldOut } from "./held-out.js";
import { averageInto } from "./linear-part.js";
import { predictProbabilities } from "./predict.js";
import { checkData } from "./training-data.js";
import { compactVocabulary, expandVocabulary } from "./used-vocabulary.js";

/**
 * Trains on `trainIndices` and predicts `testIndices`. The same options on the same machine give
 * the same numbers, also when a run continues from a checkpoint. Throws `bad-training-data`,
 * `bad-training-options`, `bad-checkpoint`, `training-diverged`, `cancelled`.
 */
export async function trainFold(options: TrainFoldOptions): Promise<FoldResult> {
  checkData(options);
  if (!options.weights?.has("embeddings.word")) return runFold(options);
  // The wide part hashes ids. Renumbered ids would fall into other buckets than the ids of the
  // whole vocabulary, with which the model is loaded later.
  if (options.config.head.wideBuckets > 0) return runFold(options);
  // Most words of a checkpoint's vocabulary do not occur in these texts: train without them.
  const whole = options.weights;
  const { tokens, weights, usedIds } = compactVocabulary(options.tokens, whole);
  const expand = (own: Weights) => expandVocabulary(own, usedIds, whole);
  const { onHeldOut } = options;
  const result = await runFold({
    ...options,
    tokens,
    weights,
    vocabularySize: usedIds.length,
    ...(onHeldOut && {
      onHeldOut: (epoch, probs, own) => onHeldOut(epoch, probs, async () => expand(await own())),
    }),
  });
  return { ...result, weights: expand(result.weights) };
}

/** Rows at least, where there are so many. */
const PREDICTED_AT_ONCE = 256;

async function runFold(options: TrainFoldOptions): Promise<FoldResult> {
  const { config, tokens, labels, trainIndices, testIndices, seed, classes, signal } = options;
  const plan = trainingPlan(options.training ?? {}, { rows: trainIndices.length, classes });
  const stepsPerEpoch = Math.ceil(trainIndices.length / plan.batchSize);
  const steps = plan.epochs * stepsPerEpoch;
  const targetsOf = createTargets(labels, trainIndices, classes, plan, options.softTargets);
  const engine = options.engine ?? fastestEngine();
  const fingerprint = runFingerprint(
    { config, plan, seed, classes, vocabulary: options.vocabularySize, engine },
    [
      ...[tokens.ids, tokens.offsets, labels, trainIndices, testIndices],
      ...Object.values(options.softTargets ?? {}),
      ...[...(options.weights?.values() ?? [])].map(({ values }) => values),
    ],
  );

  const run = await startRun(options, plan, steps, fingerprint, engine);
  const { trainer, linear } = run;
  const save = async (): Promise<void> => {
    await options.checkpoint?.save(await saveRun(run, fingerprint));
  };

  const trainEpoch = async (epoch: number): Promise<void> => {
    const batches = epochBatches(trainIndices, tokens, plan.batchSize, seed, epoch);
    for (let i = run.step - epoch * stepsPerEpoch; i < batches.length; i++) {
      if (signal?.aborted) {
        throw new EncoderError("cancelled", `Training was cancelled at step ${run.step}.`);
      }
      linear?.check();
      const rows = batches[i]!;
      const loss = await trainer.step(rows, tokens, targetsOf);
      run.epochLoss += loss * rows.length;
      run.step++;
      const seen = Math.min(trainIndices.length, (i + 1) * plan.batchSize);
      const samples = epoch * trainIndices.length + seen;
      options.onProgress?.({ step: run.step, steps, epoch: epoch + 1, loss, samples });
      const due = options.checkpoint && run.step % options.checkpoint.everySteps === 0;
      if (due && i + 1 < batches.length) await save();
      await setImmediate();
    }
  };

  const evaluate = async (epoch: number): Promise<Float32Array> => {
    const predict = (batch: TokenBatch) => trainer.probabilities(batch);
    const probs = await predictProbabilities(predict, classes, tokens, testIndices, {
      // What a step fits in, prediction fits in: a GPU that trains in large batches predicts in them.
      batchSize: Math.max(PREDICTED_AT_ONCE, plan.microBatchSize),
      signal,
      pause: () => setImmediate(),
    });
    if (linear !== null) averageInto(await linear.finished(), probs);
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      trainLoss: run.epochLoss / trainIndices.length,
      ...heldOut(probs, labels, testIndices, classes),
    };
    run.epochs.push(metrics);
    if (plan.patience > 0 && bestEpoch(run.epochs) === run.epochs.length - 1) run.best = probs;
    await options.onHeldOut?.(epoch + 1, probs, () => trainer.predictor());
    options.onEpoch?.(metrics);
    return probs;
  };

  try {
    for (let epoch = Math.floor(run.step / stepsPerEpoch); ; epoch++) {
      await trainEpoch(epoch);
      const last = epoch + 1 === plan.epochs;
      const probs = last || (epoch + 1) % plan.evaluateEvery === 0 ? await evaluate(epoch) : null;
      const waited = run.epochs.length - 1 - bestEpoch(run.epochs);
      if (probs !== null && (last || (plan.patience > 0 && waited >= plan.patience))) {
        const weights = await trainer.predictor();
        return {
          probs: run.best ?? probs,
          linear: linear && (await linear.finished()),
          epochs: run.epochs,
          steps: run.step,
          plan,
          engine,
          weights,
        };
      }
      run.epochLoss = 0;
      await save();
    }
  } finally {
    linear?.stop();
    trainer.dispose();
  }
}
