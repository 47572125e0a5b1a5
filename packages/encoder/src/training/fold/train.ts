import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../../errors.js";
import type { Weights } from "../../model/parameters.js";
import { epochBatches, shardOrder, type TokenBatch } from "../../text/batches.js";
import { trainingPlan } from "../recipe/recipe.js";
import { createTargets } from "../steps/targets.js";
import { fastestEngine } from "../steps/trainer.js";
import { type EpochMetrics, runFingerprint } from "./fold-checkpoint.js";
import type { FoldResult, TrainFoldOptions, TrainShardsOptions } from "./fold-options.js";
import { trainRowsOf, wholeRows } from "./fold-rows.js";
import { saveRun, startRun } from "./fold-run.js";
import { bestEpoch, heldOut } from "./held-out.js";
import { averageInto } from "./linear-part.js";
import { heldOutProbabilities } from "./predict.js";
import { checkData, checkShard } from "./training-data.js";
import { compactVocabulary, expandVocabulary } from "./used-vocabulary.js";

/**
 * Trains on `trainIndices` and predicts `testIndices`. The same options on the same machine give
 * the same numbers, also when a run continues from a checkpoint. Throws `bad-training-data`,
 * `bad-training-options`, `bad-checkpoint`, `training-diverged`, `cancelled`.
 */
export async function trainFold(options: TrainFoldOptions): Promise<FoldResult> {
  checkData(options);
  return train({ ...options, rows: wholeRows(options) });
}

/**
 * As `trainFold`, of rows that are read shard by shard: memory does not grow with their number. An epoch
 * takes the shards in a random order, and no batch spans two. Of one shard the numbers are `trainFold`'s.
 */
export async function trainShards(options: TrainShardsOptions): Promise<FoldResult> {
  const { rows } = options;
  return train({
    ...options,
    rows: {
      ...rows,
      async readShard(index) {
        const shard = await rows.readShard(index);
        checkShard(shard, options);
        return shard;
      },
    },
  });
}

async function train(options: TrainShardsOptions): Promise<FoldResult> {
  if (!options.weights?.has("embeddings.word")) return runFold(options);
  // The wide part hashes ids. Renumbered ids would fall into other buckets than the ids of the
  // whole vocabulary, with which the model is loaded later.
  if (options.config.head.wideBuckets > 0) return runFold(options);
  // Most words of a checkpoint's vocabulary do not occur in these texts: train without them.
  const whole = options.weights;
  const { rows, weights, usedIds } = await compactVocabulary(options.rows, whole);
  const expand = (own: Weights) => expandVocabulary(own, usedIds, whole);
  const { onHeldOut } = options;
  const result = await runFold({
    ...options,
    rows,
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

async function runFold(options: TrainShardsOptions): Promise<FoldResult> {
  const { config, rows, seed, classes, signal } = options;
  const allRows = trainRowsOf(rows);
  const plan = trainingPlan(options.training ?? {}, { rows: allRows, classes });
  const stepsOf = (shard: number) => Math.ceil(rows.trainRows[shard]! / plan.batchSize);
  const stepsPerEpoch = rows.trainRows.reduce((sum, _, shard) => sum + stepsOf(shard), 0);
  const steps = plan.epochs * stepsPerEpoch;
  const engine = options.engine ?? fastestEngine();
  const fingerprint = runFingerprint(
    { config, plan, seed, classes, vocabulary: options.vocabularySize, engine },
    [...rows.identity, ...[...(options.weights?.values() ?? [])].map(({ values }) => values)],
  );

  const run = await startRun(options, plan, steps, fingerprint, engine);
  const { trainer, linear } = run;
  const save = async (): Promise<void> => {
    await options.checkpoint?.save(await saveRun(run, fingerprint));
  };

  const trainEpoch = async (epoch: number): Promise<void> => {
    let before = { steps: epoch * stepsPerEpoch, rows: epoch * allRows };
    for (const [place, index] of shardOrder(rows.texts.length, seed, epoch).entries()) {
      const after = {
        steps: before.steps + stepsOf(index),
        rows: before.rows + rows.trainRows[index]!,
      };
      if (run.step < after.steps) await trainShard(epoch, place, index, before);
      before = after;
    }
  };

  const trainShard = async (
    epoch: number,
    place: number,
    index: number,
    before: { readonly steps: number; readonly rows: number },
  ): Promise<void> => {
    const shard = await rows.readShard(index);
    const { tokens, trainIndices } = shard;
    const targetsOf = createTargets(shard, rows.classCounts, plan);
    const { batchSize } = plan;
    const batches = epochBatches(trainIndices, tokens, { batchSize, seed, epoch, place });
    for (let i = run.step - before.steps; i < batches.length; i++) {
      if (signal?.aborted) {
        throw new EncoderError("cancelled", `Training was cancelled at step ${run.step}.`);
      }
      linear?.check();
      const batch = batches[i]!;
      const loss = await trainer.step(batch, tokens, targetsOf);
      run.epochLoss += loss * batch.length;
      run.step++;
      const samples = before.rows + Math.min(trainIndices.length, (i + 1) * batchSize);
      options.onProgress?.({ step: run.step, steps, epoch: epoch + 1, loss, samples });
      const due = options.checkpoint && run.step % options.checkpoint.everySteps === 0;
      if (due && run.step < (epoch + 1) * stepsPerEpoch) await save();
      await setImmediate();
    }
  };

  const evaluate = async (epoch: number): Promise<Float32Array> => {
    const predict = (batch: TokenBatch) => trainer.probabilities(batch);
    const probs = await heldOutProbabilities(predict, rows, classes, {
      // What a step fits in, prediction fits in: a GPU that trains in large batches predicts in them.
      batchSize: Math.max(PREDICTED_AT_ONCE, plan.microBatchSize),
      signal,
      pause: () => setImmediate(),
    });
    if (linear !== null) averageInto(await linear.finished(), probs);
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      trainLoss: run.epochLoss / allRows,
      ...heldOut(probs, rows.testLabels, classes),
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
