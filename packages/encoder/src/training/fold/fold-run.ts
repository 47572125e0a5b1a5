import { initialWeights, type Weights } from "../../model/parameters.js";
import { coOccurrenceEmbeddings } from "../pretraining/word-embeddings.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import type { Engine } from "../steps/step-engine.js";
import { initialState, Trainer } from "../steps/trainer.js";
import { type EpochMetrics, readFoldState, writeFoldState } from "./fold-checkpoint.js";
import type { TrainFoldOptions } from "./fold-options.js";
import { type LinearPart, type LinearPartData, startLinearPart } from "./linear-part.js";

/** A fold that is being trained. */
export interface Run {
  readonly trainer: Trainer;
  step: number;
  epochLoss: number;
  readonly epochs: EpochMetrics[];
  /** Probabilities of the best epoch so far, if the plan has patience. */
  best: Float32Array | null;
  /** null if the plan has none. */
  readonly linear: LinearPart | null;
}

/**
 * Starts a run from its initial weights, or from the checkpoint if there is one. Throws
 * `bad-checkpoint`.
 */
export async function startRun(
  options: TrainFoldOptions,
  plan: TrainingPlan,
  steps: number,
  fingerprint: string,
  engine: Engine,
): Promise<Run> {
  const { config, seed } = options;
  const trainerOptions = { config, plan, seed, totalSteps: steps, engine };
  const saved = (await options.checkpoint?.load()) ?? null;
  const state = saved && readFoldState(saved, fingerprint, engine);
  const linear = plan.linearPart
    ? startLinearPart(options.fitLinearPart, linearData(options, plan), state?.linear ?? null)
    : null;
  try {
    const start = state ?? initialState(startWeights(options, plan), plan);
    const trainer = await Trainer.open(trainerOptions, start);
    const { epochLoss, epochs, best } = state ?? { epochLoss: 0, epochs: [], best: null };
    return { trainer, step: start.step, epochLoss, epochs: [...epochs], best, linear };
  } catch (error) {
    linear?.stop();
    throw error;
  }
}

/** Only what a thread needs: more could not be sent to it. */
function linearData(options: TrainFoldOptions, plan: TrainingPlan): LinearPartData {
  const { tokens, labels, softTargets, trainIndices, testIndices, classes, seed } = options;
  const { classWeights, labelSmoothing } = plan;
  const used = { classWeights, labelSmoothing };
  return { tokens, labels, softTargets, plan: used, trainIndices, testIndices, classes, seed };
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

/** Serializes the run, so that `startRun` can continue it. */
export async function saveRun(run: Run, fingerprint: string): Promise<Uint8Array> {
  const { epochLoss, epochs, best, trainer } = run;
  const linear = run.linear?.probs ?? null;
  const state = { ...(await trainer.state()), epochLoss, epochs, best, linear };
  return writeFoldState(state, fingerprint, trainer.engine);
}
