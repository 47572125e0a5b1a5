import {
  type CheckpointOptions,
  type HeadConfig,
  type ModelOptions,
  SEED_HEADS,
  type Tap,
  type TrainingOptions,
} from "@winnow/albert";
import type { FoldTrainingParams, ModelParams } from "@winnow/contracts";

type Asked = Pick<FoldTrainingParams, "model" | "training">;

/** The model that is asked for, as it starts from random weights. */
export const modelOptions = (asked: Asked): ModelOptions => ({
  ...checkpointOptions(asked),
  preset: asked.model.preset,
});

/** What is set on top of a checkpoint's own configuration; without an answer its own word counts. */
export const checkpointOptions = ({ model, training }: Asked): CheckpointOptions => ({
  head: headOf(model.head),
  maxLength: model.maxLength,
  activation: model.activation,
  hiddenDropout: training.dropout,
  attentionDropout: training.attentionDropout,
});

function headOf({ tap, layer, pooling, wideBuckets }: ModelParams["head"]): Partial<HeadConfig> {
  if (isSeedHead(tap)) return { ...SEED_HEADS[tap], wideBuckets };
  // Said here too: a checkpoint of the seed's time would else read the CLS row alone.
  const pooled = pooling ?? (tap === "pooler" ? "cls" : "cls-mean-embedding");
  return { tap, layer, pooling: pooled, wideBuckets };
}

const isSeedHead = (tap: Tap | keyof typeof SEED_HEADS): tap is keyof typeof SEED_HEADS =>
  tap in SEED_HEADS;

/** How it is trained, in the package's words. */
export function trainingOptions({ training }: Asked): TrainingOptions {
  const { schedule } = training;
  return {
    ...training,
    schedule:
      schedule?.type === "warm-up"
        ? { type: "linear", warmupSteps: schedule.warmupSteps, end: 1 }
        : schedule,
  };
}
