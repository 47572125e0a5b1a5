import { initialWeights, type Weights } from "../../model/parameters.js";
import { coOccurrenceEmbeddings } from "../pretraining/word-embeddings.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import type { Engine } from "../steps/step-engine.js";
import { initialState, Trainer } from "../steps/trainer.js";
import { type EpochMetrics, readFoldState, writeFoldState } from "./fold-checkpoint.js";
import type { TrainFoldOptions } from "./fold-options.js";

/** A fold that is being trained. */
export interface Run {
  readonly trainer: Trainer;
  step: number;
  epochLoss: number;
  readonly epochs: EpochMetrics[];
  /** Probabilities of the best epoch so far, if the plan has patience. */
  best: Float32Array | null;
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
  if (saved === null) {
    const start = initialState(startWeights(options, plan), plan);
    const trainer = await Trainer.open(trainerOptions, start);
    return { trainer, step: 0, epochLoss: 0, epochs: [], best: null };
  }
  const state = readFoldState(saved, fingerprint, engine);
  const trainer = await Trainer.open(trainerOptions, state);
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

/** Serializes the run, so that `startRun` can continue it. */
export async function saveRun(run: Run, fingerprint: string): Promise<Uint8Array> {
  const { epochLoss, epochs, best, trainer } = run;
  const state = { ...(await trainer.state()), epochLoss, epochs, best };
  return writeFoldState(state, fingerprint, trainer.engine);
}
