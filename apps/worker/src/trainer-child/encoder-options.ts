import type { FoldTrainingParams } from "@winnow/contracts";
import type { CheckpointOptions, ModelOptions } from "@winnow/encoder";

type Asked = Pick<FoldTrainingParams, "model" | "training">;

/** The model that is asked for, as it starts from random weights. */
export const modelOptions = (asked: Asked): ModelOptions => ({
  ...checkpointOptions(asked),
  preset: asked.model.preset,
});

/** What is set on top of a checkpoint's own configuration; without an answer its own word counts. */
export function checkpointOptions({ model, training }: Asked): CheckpointOptions {
  const { tap, pooling } = model.head;
  return {
    // Said here too: a checkpoint that says nothing of it would have the CLS row alone.
    head: { ...model.head, pooling: pooling ?? (tap === "pooler" ? "cls" : "cls-mean-embedding") },
    maxLength: model.maxLength,
    activation: model.activation,
    hiddenDropout: training.dropout,
    attentionDropout: training.attentionDropout,
  };
}
