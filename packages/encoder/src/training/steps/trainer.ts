import { createRandom } from "@winnow/numeric";
import { EncoderError } from "../../errors.js";
import { runsGraphs } from "../../graph/session.js";
import type { EncoderConfig } from "../../model/config.js";
import type { Weights } from "../../model/parameters.js";
import { gatherBatch, type TokenBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import { rateMultiplier } from "../recipe/schedule.js";
import { EagerEngine } from "./eager-engine.js";
import { GraphEngine } from "./graph-engine.js";
import type { Engine, StepEngine, StepPart, TrainingState } from "./step-engine.js";
import { dropsOut } from "./step-graph.js";
import type { TargetBatch } from "./targets.js";

/** What a trainer is opened with. */
export interface TrainerOptions {
  readonly config: EncoderConfig;
  readonly plan: TrainingPlan;
  readonly seed: number;
  readonly totalSteps: number;
  /** Default: what the current backend runs fastest. */
  readonly engine?: Engine | undefined;
}

/** The engine that the current backend runs fastest. */
export function fastestEngine(): Engine {
  return runsGraphs() ? "graph" : "eager";
}

/** The state before the first step. */
export function initialState(
  weights: Weights,
  plan: Pick<TrainingPlan, "averaging">,
): TrainingState {
  const zeros = (): Weights =>
    new Map(
      Array.from(weights, ([name, { shape, values }]) => {
        return [name, { shape, values: new Float32Array(values.length) }];
      }),
    );
  const averaged = plan.averaging > 0 ? weights : null;
  return { step: 0, weights, first: zeros(), second: zeros(), averaged };
}

/** Runs training steps: what a step is computed from, whichever engine computes it. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #engine: StepEngine;
  #step: number;

  constructor(options: TrainerOptions, engine: StepEngine, step: number) {
    this.#options = options;
    this.#engine = engine;
    this.#step = step;
  }

  static async open(options: TrainerOptions, state: TrainingState): Promise<Trainer> {
    const { config, plan } = options;
    const engine =
      (options.engine ?? fastestEngine()) === "graph"
        ? await GraphEngine.open(config, plan, state)
        : new EagerEngine(config, plan, state);
    return new Trainer(options, engine, state.step);
  }

  get engine(): Engine {
    return this.#engine.name;
  }

  /** One step over a batch: returns its mean loss before the step. Throws `training-diverged`. */
  async step(
    rows: Int32Array,
    tokens: TokenTable,
    targetsOf: (rows: Int32Array) => TargetBatch,
  ): Promise<number> {
    const { config, plan, seed, totalSteps } = this.#options;
    const t = this.#step;
    const loss = await this.#engine.step(this.#parts(rows, tokens, targetsOf(rows)), {
      t,
      rate: plan.learningRate * rateMultiplier(plan.schedule, t, totalSteps),
      // Early on the average follows closely, so that it forgets the random initial weights.
      averaging: Math.min(plan.averaging, (1 + t) / (10 + t)),
      random: dropsOut(config) ? createRandom(seed, "dropout", t) : null,
    });
    if (!Number.isFinite(loss)) {
      throw new EncoderError(
        "training-diverged",
        `The loss is ${loss} at step ${t}; train with a lower learningRate (now ${plan.learningRate}).`,
      );
    }
    this.#step++;
    return loss;
  }

  /** (B, C), rows that sum to 1, by the weights that predict. */
  probabilities(tokens: TokenBatch): Promise<Float32Array> {
    return this.#engine.probabilities(tokens);
  }

  /** The weights that predict. */
  predictor(): Promise<Weights> {
    return this.#engine.predictor();
  }

  async state(): Promise<TrainingState> {
    return { step: this.#step, ...(await this.#engine.state()) };
  }

  dispose(): void {
    this.#engine.dispose();
  }

  #parts(rows: Int32Array, tokens: TokenTable, { targets, shares }: TargetBatch): StepPart[] {
    const { microBatchSize } = this.#options.plan;
    const classes = targets.length / rows.length;
    const parts: StepPart[] = [];
    for (let start = 0; start < rows.length; start += microBatchSize) {
      const end = Math.min(rows.length, start + microBatchSize);
      parts.push({
        tokens: gatherBatch(tokens, rows.subarray(start, end)),
        targets: {
          targets: targets.subarray(start * classes, end * classes),
          shares: shares.subarray(start, end),
        },
      });
    }
    return parts;
  }
}
