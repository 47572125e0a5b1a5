import type { FieldError } from "./errors.js";
import type { FoldTrainingParams } from "./training-parameters.js";

type Asked = Pick<FoldTrainingParams, "model" | "training">;
export type EpochChoice = NonNullable<FoldTrainingParams["training"]["epochChoice"]>;

/** The recipe that was asked for, or that goes with the model. */
export const recipeOf = ({ model, training }: Asked): "scratch" | "seed" =>
  training.recipe ?? (model.checkpoint ? "seed" : "scratch");

/** Which epoch's predictions count. */
export function epochChoiceOf(asked: Asked): EpochChoice {
  const { epochChoice, patience } = asked.training;
  return epochChoice ?? (recipeOf(asked) === "seed" && !patience ? "last" : "vote");
}

/** What fits the schema and yet not together, each with its place in the body. */
export function trainingFaults({ model, training }: Asked): FieldError[] {
  const faults: FieldError[] = [];
  const say = (pointer: string, detail: string) => faults.push({ pointer, detail });
  const { preset, head, checkpoint } = model;
  if (typeof preset !== "string" && !checkpoint) {
    const { hiddenSize, heads, layers } = preset;
    if (hiddenSize % heads !== 0) {
      say("/model/preset/heads", `${hiddenSize} is no multiple of ${heads}`);
    }
    const block = head.tap.startsWith("seed-dropout") ? 2 : head.layer;
    const reads = head.tap !== "last" && head.tap !== "pooler" && head.tap !== "seed-described";
    if (reads && block > layers) {
      say("/model/head/layer", `The head reads block ${block}; the model has ${layers}`);
    }
  }
  const clsOnly = head.tap === "pooler" || head.tap.startsWith("seed-");
  if (clsOnly && head.pooling !== undefined && head.pooling !== "cls") {
    say("/model/head/pooling", `The tap ${head.tap} reads the CLS row alone`);
  }
  const { batchSize, microBatchSize, weightDecay, optimizer, schedule, epochs } = training;
  if (microBatchSize && batchSize && microBatchSize > batchSize) {
    say("/training/microBatchSize", `At most batchSize, ${batchSize}`);
  }
  if (weightDecay && optimizer !== "adamw") {
    say("/training/weightDecay", "Needs the optimizer adamw");
  }
  if (training.evaluateEvery && epochs && training.evaluateEvery > epochs) {
    say("/training/evaluateEvery", `At most epochs, ${epochs}`);
  }
  if (schedule?.type === "piecewise") {
    const at = schedule.points.findIndex(
      ([step], i, all) => i > 0 && step <= (all[i - 1]?.[0] ?? 0),
    );
    if (at > 0) say(`/training/schedule/points/${at}`, "Steps must ascend");
  }
  return faults;
}
