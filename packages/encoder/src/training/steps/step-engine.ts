import type { Random } from "@winnow/numeric";
import type { Weights } from "../../model/parameters.js";
import type { TokenBatch } from "../../text/batches.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import type { TargetBatch } from "./targets.js";

/** How a step is computed: operation by operation, or as one call of a graph. */
export type Engine = "eager" | "graph";

/** A training's numbers after `step` steps: weights, both moments, averages. */
export interface TrainingState {
  readonly step: number;
  readonly weights: Weights;
  readonly first: Weights;
  readonly second: Weights;
  /** null if the plan averages no weights. */
  readonly averaged: Weights | null;
}

/** What an engine needs to know of the plan. */
export type EnginePlan = Pick<
  TrainingPlan,
  "optimizer" | "averaging" | "clipNorm" | "batchSize" | "microBatchSize"
>;

/** Texts of one forward pass; a step has one or several. */
export interface StepPart {
  readonly tokens: TokenBatch;
  readonly targets: TargetBatch;
}

export interface StepSettings {
  /** Steps done before. */
  readonly t: number;
  /** The learning rate, schedule included. */
  readonly rate: number;
  /** Decay of the averaged weights. */
  readonly averaging: number;
  /** Where dropout draws from; null: nothing is dropped. */
  readonly random: Random | null;
}

/** Holds the numbers of a training, and computes steps and predictions. */
export interface StepEngine {
  readonly name: Engine;
  /** Returns the loss before the step. If it is not finite, the weights may be spoilt. */
  step(parts: readonly StepPart[], settings: StepSettings): Promise<number>;
  /** (B, C), rows that sum to 1, by the weights that predict. */
  probabilities(tokens: TokenBatch): Promise<Float32Array>;
  /** The weights that predict: the averaged ones, if the plan averages. */
  predictor(): Promise<Weights>;
  state(): Promise<Omit<TrainingState, "step">>;
  dispose(): void;
}
