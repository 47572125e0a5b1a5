import type { FieldError } from "../errors/errors.js";
import type { EpochChoice, FoldTrainingParams } from "./training-parameters.js";

type Asked = Pick<FoldTrainingParams, "model" | "training">;

/** The recipe of the request, or the default for the model. */
export const recipeOf = ({ model, training }: Asked): "scratch" | "fine-tune" =>
  training.recipe ?? (model.checkpoint ? "fine-tune" : "scratch");

/** How the epoch whose predictions count is chosen. */
export function epochChoiceOf(asked: Asked): EpochChoice {
  const { epochChoice, patience } = asked.training;
  return epochChoice ?? (recipeOf(asked) === "fine-tune" && !patience ? "last" : "vote");
}

/** Whether a run of this configuration keeps its folds' models; one without a training keeps none. */
export const keepsModels = ({ training }: Partial<FoldTrainingParams>): boolean =>
  training?.keepModels === true;

/** Parameters that are valid alone but not together, each with its place in the body. */
export function trainingFaults({ model, training }: Asked): FieldError[] {
  const faults: FieldError[] = [];
  const add = (pointer: string, detail: string) => faults.push({ pointer, detail });
  const { preset, head, checkpoint } = model;
  if (typeof preset !== "string" && !checkpoint) {
    const { hiddenSize, heads, layers } = preset;
    if (hiddenSize % heads !== 0) {
      add("/model/preset/heads", `Must divide hiddenSize, ${hiddenSize}`);
    }
    const readsLayer = head.tap !== "last" && head.tap !== "pooler";
    if (readsLayer && head.layer > layers) {
      add("/model/head/layer", `The head reads block ${head.layer}; the model has ${layers}`);
    }
  }
  if (head.tap === "pooler" && head.pooling !== undefined && head.pooling !== "cls") {
    add("/model/head/pooling", "The pooler reads only the CLS row");
  }
  const { batchSize, microBatchSize, weightDecay, optimizer, schedule, epochs } = training;
  if (microBatchSize && batchSize && microBatchSize > batchSize) {
    add("/training/microBatchSize", `At most batchSize, ${batchSize}`);
  }
  if (weightDecay && optimizer !== "adamw") {
    add("/training/weightDecay", "Needs the optimizer adamw");
  }
  if (training.evaluateEvery && epochs && training.evaluateEvery > epochs) {
    add("/training/evaluateEvery", `At most epochs, ${epochs}`);
  }
  if (schedule?.type === "piecewise") {
    const at = schedule.points.findIndex(
      ([step], i, all) => i > 0 && step <= (all[i - 1]?.[0] ?? 0),
    );
    if (at > 0) add(`/training/schedule/points/${at}`, "Steps must increase");
  }
  return faults;
}
