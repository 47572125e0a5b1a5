import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../errors.js";
import type { AlbertConfig } from "../model/config.js";
import { initialWeights, type Weights } from "../model/parameters.js";
import { epochBatches } from "../text/batches.js";
import type { TokenTable } from "../text/tokenizer.js";
import {
  type EpochMetrics,
  readFoldState,
  runFingerprint,
  writeFoldState,
} from "./fold-checkpoint.js";
import { averageInto, type FitLinearPart, requiredLinearPart } from "./linear-part.js";
import { predictProbabilities } from "./predict.js";
import { type TrainingOptions, type TrainingPlan, trainingPlan } from "./recipe.js";
import { createTargets, type SoftTargets } from "./targets.js";
import { download, Trainer, upload } from "./trainer.js";
import { checkData } from "./training-data.js";
import { compactVocabulary, expandVocabulary } from "./used-vocabulary.js";
import { coOccurrenceEmbeddings } from "./word-embeddings.js";

/** Where a run stands; rates are the caller's affair, who has a clock. */
export interface FoldProgress {
  /** Steps done, of all. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Mean loss of the batch just trained on. */
  readonly loss: number;
  /** Rows trained on so far, over all epochs. */
  readonly samples: number;
}

/** Keeps the run's state: `load` answers null where there is none yet. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
  everySteps: number;
}

export interface TrainFoldOptions {
  config: AlbertConfig;
  vocabularySize: number;
  classes: number;
  /** All texts of the data set. */
  tokens: TokenTable;
  /** (n) given labels, 0..classes - 1. */
  labels: Int32Array;
  softTargets?: SoftTargets;
  trainIndices: Int32Array;
  testIndices: Int32Array;
  seed: number;
  training?: TrainingOptions;
  /** Fits the linear part; needed where the plan has one. */
  fitLinearPart?: FitLinearPart;
  /** Pretrained weights by name; what is missing here starts at random. */
  weights?: Weights;
  signal?: AbortSignal;
  onProgress?: (progress: FoldProgress) => void;
  onEpoch?: (metrics: EpochMetrics) => void;
  /**
   * The held-out rows' probabilities after an epoch, for picking one epoch over all folds, and on
   * demand the weights that gave them. Told before the state is saved that knows of the epoch; an
   * epoch that a resumed run had behind it is not told of again.
   */
  onHeldOut?: (
    epoch: number,
    probs: Float32Array,
    weights: () => Promise<Weights>,
  ) => Promise<void> | void;
  checkpoint?: CheckpointStore;
}

export interface FoldResult {
  /**
   * (testIndices.length, classes), rows in the order of `testIndices`: after the last epoch, or
   * the best one where the plan has patience.
   */
  readonly probs: Float32Array;
  readonly epochs: readonly EpochMetrics[];
  /** Steps made; fewer than planned where patience ran out. */
  readonly steps: number;
  readonly plan: TrainingPlan;
  /** The weights that predicted last. */
  readonly weights: Weights;
}

/**
 * Trains on `trainIndices` and predicts `testIndices`. The same options on the same machine give
 * the same numbers, also when a run goes on from a checkpoint. Throws `bad-training-data`,
 * `bad-training-options`, `bad-checkpoint`, `training-diverged`, `cancelled`.
 */
export async function trainFold(options: TrainFoldOptions): Promise<FoldResult> {
  checkData(options);
  if (!options.weights?.has("embeddings.word")) return runFold(options);
  // The wide part hashes ids: renumbered, they would fall into other buckets than later, when
  // somebody loads the model with the whole vocabulary.
  if (options.config.head.wideBuckets > 0) return runFold(options);
  // A checkpoint's vocabulary is mostly words that these texts lack: train without them.
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

async function runFold(options: TrainFoldOptions): Promise<FoldResult> {
  const { config, tokens, labels, trainIndices, testIndices, seed, classes, signal } = options;
  const plan = trainingPlan(options.training ?? {}, { rows: trainIndices.length, classes });
  const stepsPerEpoch = Math.ceil(trainIndices.length / plan.batchSize);
  const steps = plan.epochs * stepsPerEpoch;
  const targetsOf = createTargets(labels, trainIndices, classes, plan, options.softTargets);
  const fingerprint = runFingerprint(
    { config, plan, seed, classes, vocabulary: options.vocabularySize },
    [
      ...[tokens.ids, tokens.offsets, labels, trainIndices, testIndices],
      ...Object.values(options.softTargets ?? {}),
      ...[...(options.weights?.values() ?? [])].map(({ values }) => values),
    ],
  );

  const linear = plan.linearPart
    ? await requiredLinearPart(options.fitLinearPart)({ ...options, targetsOf })
    : null;
  const run = await startRun(options, plan, steps, fingerprint);
  const { trainer } = run;
  const save = async (): Promise<void> => {
    await options.checkpoint?.save(await saveRun(run, fingerprint));
  };

  const trainEpoch = async (epoch: number): Promise<void> => {
    const batches = epochBatches(trainIndices, tokens, plan.batchSize, seed, epoch);
    for (let i = run.step - epoch * stepsPerEpoch; i < batches.length; i++) {
      if (signal?.aborted) {
        throw new EncoderError("cancelled", `Training was cancelled at step ${run.step}.`);
      }
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
    const probs = await predictProbabilities(config, trainer.predictor, tokens, testIndices, {
      signal,
      pause: () => setImmediate(),
    });
    if (linear !== null) averageInto(linear, probs, testIndices);
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      trainLoss: run.epochLoss / trainIndices.length,
      ...heldOut(probs, labels, testIndices, classes),
    };
    run.epochs.push(metrics);
    if (plan.patience > 0 && bestEpoch(run.epochs) === run.epochs.length - 1) run.best = probs;
    await options.onHeldOut?.(epoch + 1, probs, () => download(trainer.predictor));
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
        const weights = await download(trainer.predictor);
        return { probs: run.best ?? probs, epochs: run.epochs, steps: run.step, plan, weights };
      }
      run.epochLoss = 0;
      await save();
    }
  } finally {
    trainer.dispose();
  }
}

/** The place of the lowest held-out loss; the first of equals. */
function bestEpoch(epochs: readonly EpochMetrics[]): number {
  return epochs.reduce(
    (best, { heldOutLoss }, i) => (heldOutLoss < epochs[best]!.heldOutLoss ? i : best),
    0,
  );
}

interface Run {
  readonly trainer: Trainer;
  step: number;
  epochLoss: number;
  readonly epochs: EpochMetrics[];
  /** Probabilities of the best epoch so far, where the plan has patience. */
  best: Float32Array | null;
}

async function startRun(
  options: TrainFoldOptions,
  plan: TrainingPlan,
  steps: number,
  fingerprint: string,
): Promise<Run> {
  const saved = (await options.checkpoint?.load()) ?? null;
  if (saved === null) {
    const trainer = new Trainer(
      options.config,
      plan,
      startWeights(options, plan),
      options.seed,
      steps,
    );
    return { trainer, step: 0, epochLoss: 0, epochs: [], best: null };
  }
  const state = readFoldState(saved, fingerprint);
  const trainer = new Trainer(options.config, plan, state.weights, options.seed, steps);
  trainer.restore(
    state.step,
    upload(state.first),
    upload(state.second),
    state.averaged && upload(state.averaged),
  );
  const { step, epochLoss, epochs, best } = state;
  return { trainer, step, epochLoss, epochs: [...epochs], best };
}

function startWeights(options: TrainFoldOptions, plan: TrainingPlan): Weights {
  const { config, vocabularySize, classes, seed } = options;
  const weights = initialWeights(config, vocabularySize, classes, seed);
  const given = options.weights;
  if (given === undefined && plan.embeddings === "ppmi-svd") {
    const shape = [vocabularySize, config.embeddingSize];
    const values = coOccurrenceEmbeddings(
      options.tokens,
      vocabularySize,
      config.embeddingSize,
      seed,
    );
    weights.set("embeddings.word", { shape, values });
  }
  for (const [name, weight] of given ?? []) {
    if (weights.has(name)) weights.set(name, weight);
  }
  return weights;
}

async function saveRun(run: Run, fingerprint: string): Promise<Uint8Array> {
  const { adam, averaged } = run.trainer;
  const state = {
    step: run.step,
    epochLoss: run.epochLoss,
    epochs: run.epochs,
    weights: await download(adam.parameters),
    first: await download(adam.first),
    second: await download(adam.second),
    averaged: averaged === null ? null : await download(averaged),
    best: run.best,
  };
  return writeFoldState(state, fingerprint);
}

/** Mean log loss and accuracy of held-out probabilities against the given labels. */
export function heldOut(
  probs: Float32Array,
  labels: Int32Array,
  rows: Int32Array,
  classes: number,
): { heldOutLoss: number; heldOutAccuracy: number } {
  let loss = 0;
  let right = 0;
  rows.forEach((row, i) => {
    const label = labels[row]!;
    const own = probs.subarray(i * classes, (i + 1) * classes);
    loss -= Math.log(Math.max(own[label]!, 1e-12));
    let best = 0;
    for (let c = 1; c < classes; c++) if (own[c]! > own[best]!) best = c;
    if (best === label) right++;
  });
  return { heldOutLoss: loss / rows.length, heldOutAccuracy: right / rows.length };
}
