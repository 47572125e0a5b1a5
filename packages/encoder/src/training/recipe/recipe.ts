import { EncoderError } from "../../errors.js";
import type { Schedule } from "./schedule.js";
import { FINE_TUNE_SCHEDULE } from "./schedule.js";

/** Keras 2.3.1's Adam; with `weightDecay` above 0, decoupled as in AdamW. */
export interface OptimizerOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export const ADAM: OptimizerOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 };

/** `scratch` for random weights, `fine-tune` for pretrained ones. */
export type RecipeName = "scratch" | "fine-tune";

/** What a caller may choose; the recipe and the data's size decide the rest. */
export interface TrainingOptions {
  recipe?: RecipeName | undefined;
  epochs?: number | undefined;
  batchSize?: number | undefined;
  learningRate?: number | undefined;
  schedule?: Schedule | undefined;
  optimizer?: "adam" | "adamw" | undefined;
  weightDecay?: number | undefined;
  /** Decay of the averaged weights that predict (0 = the last weights predict). */
  averaging?: number | undefined;
  /** Word embeddings from co-occurrence in the unlabelled texts, or random. */
  embeddings?: "ppmi-svd" | "random" | undefined;
  /**
   * Trains a linear model over n-grams beside the network; held-out rows get the mean of both
   * models' probabilities. Only the network's weights are saved. Off with few rows: too few n-grams
   * occur twice.
   */
  linearPart?: boolean | undefined;
  labelSmoothing?: number | undefined;
  /** Largest norm of all gradients together; 0 = no clipping. */
  clipNorm?: number | undefined;
  classWeights?: "none" | "balanced" | undefined;
  /** Predicts the held-out rows after every so many epochs, and after the last. */
  evaluateEvery?: number | undefined;
  /**
   * Stops once the held-out loss has not fallen for so many evaluations, and returns the best one's
   * probabilities; 0 = runs every epoch and returns the last one's.
   */
  patience?: number | undefined;
  /** Texts of one forward pass; the step sums the gradients of several (default: batchSize). */
  microBatchSize?: number | undefined;
}

/** Every choice made. */
export interface TrainingPlan {
  readonly recipe: RecipeName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly optimizer: OptimizerOptions;
  readonly averaging: number;
  readonly embeddings: "ppmi-svd" | "random";
  readonly linearPart: boolean;
  readonly labelSmoothing: number;
  readonly clipNorm: number;
  readonly classWeights: "none" | "balanced";
  readonly evaluateEvery: number;
  readonly patience: number;
}

/**
 * The plan for `rows` training rows. `scratch`: few epochs (more would memorise the noise), a high
 * rate with a short warm-up, averaged weights, embeddings from the texts. `fine-tune`: rate 1e-4
 * with the piecewise schedule, which learns nothing from random weights. Throws
 * `bad-training-options`.
 */
export function trainingPlan(
  options: TrainingOptions,
  data: { rows: number; classes: number },
): TrainingPlan {
  const recipe = options.recipe ?? "scratch";
  const scratch = recipe === "scratch";
  const { rows, classes } = data;
  const few = rows < 3000;
  const batchSize = options.batchSize ?? (scratch ? (few ? 32 : 64) : 32);
  const epochsFromSize = few ? 5 : classes >= 150 ? 4 : 2;
  const averagingFromSize = few ? 0.95 : rows > 30_000 ? 0.99 : 0.98;
  const plan: TrainingPlan = {
    recipe,
    epochs: options.epochs ?? (scratch ? epochsFromSize : 5),
    batchSize,
    microBatchSize: options.microBatchSize ?? batchSize,
    learningRate: options.learningRate ?? (scratch ? 1e-3 : 1e-4),
    schedule:
      options.schedule ??
      (scratch ? { type: "linear", warmupSteps: few ? 30 : 100, end: 0.1 } : FINE_TUNE_SCHEDULE),
    optimizer: {
      ...ADAM,
      weightDecay: options.weightDecay ?? (options.optimizer === "adamw" ? 0.01 : 0),
    },
    averaging: options.averaging ?? (scratch ? averagingFromSize : 0),
    embeddings: options.embeddings ?? (scratch ? "ppmi-svd" : "random"),
    linearPart: options.linearPart ?? (scratch && !few),
    labelSmoothing: options.labelSmoothing ?? 0,
    clipNorm: options.clipNorm ?? 0,
    classWeights: options.classWeights ?? "none",
    evaluateEvery: options.evaluateEvery ?? 1,
    patience: options.patience ?? 0,
  };
  return checkPlan(plan);
}

function checkPlan(plan: TrainingPlan): TrainingPlan {
  const faults: string[] = [];
  for (const name of ["epochs", "batchSize", "microBatchSize", "evaluateEvery"] as const) {
    if (!Number.isInteger(plan[name]) || plan[name] < 1) {
      faults.push(`${name} ${plan[name]} is not a positive integer`);
    }
  }
  if (!Number.isInteger(plan.patience) || plan.patience < 0) {
    faults.push(`patience ${plan.patience} is not a whole number of at least 0`);
  }
  if (!(plan.learningRate > 0)) faults.push(`learningRate ${plan.learningRate} is not above 0`);
  for (const name of ["averaging", "labelSmoothing"] as const) {
    if (!(plan[name] >= 0 && plan[name] < 1)) faults.push(`${name} ${plan[name]} is not in [0, 1)`);
  }
  if (!(plan.clipNorm >= 0)) faults.push(`clipNorm ${plan.clipNorm} is below 0`);
  if (faults.length > 0) {
    throw new EncoderError("bad-training-options", `Training: ${faults.join("; ")}.`);
  }
  return plan;
}
