import { initialWeights, type Weights } from "../../model/parameters.js";
import { coOccurrenceEmbeddings } from "../pretraining/word-embeddings.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import type { Engine } from "../steps/step-engine.js";
import { initialState, Trainer } from "../steps/trainer.js";
import { type EpochMetrics, readFoldState, writeFoldState } from "./fold-checkpoint.js";
import type { TrainShardsOptions } from "./fold-options.js";
import { type LinearPart, startLinearPart } from "./linear-part.js";

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
  options: TrainShardsOptions,
  plan: TrainingPlan,
  steps: number,
  fingerprint: string,
  engine: Engine,
): Promise<Run> {
  const { config, seed } = options;
  const trainerOptions = { config, plan, seed, totalSteps: steps, engine };
  const saved = (await options.checkpoint?.load()) ?? null;
  const state = saved && readFoldState(saved, fingerprint, engine);
  const { rows, classes } = options;
  const linear = plan.linearPart
    ? startLinearPart(options.fitLinearPart, { rows, plan, classes, seed }, state?.linear ?? null)
    : null;
  try {
    const start = state ?? initialState(await startWeights(options, plan), plan);
    const trainer = await Trainer.open(trainerOptions, start);
    const { epochLoss, epochs, best } = state ?? { epochLoss: 0, epochs: [], best: null };
    return { trainer, step: start.step, epochLoss, epochs: [...epochs], best, linear };
  } catch (error) {
    linear?.stop();
    throw error;
  }
}

async function startWeights(options: TrainShardsOptions, plan: TrainingPlan): Promise<Weights> {
  const { config, vocabularySize, classes, seed, rows } = options;
  const weights = initialWeights(config, vocabularySize, classes, seed);
  const given = options.weights;
  if (given === undefined && plan.embeddings === "ppmi-svd") {
    const width = config.embeddingSize;
    // Of many rows the first shard is a random draw, large enough to count neighbours in.
    const { tokens } = await rows.readShard(0);
    const values = coOccurrenceEmbeddings(tokens, vocabularySize, width, seed);
    weights.set("embeddings.word", { shape: [vocabularySize, width], values });
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
