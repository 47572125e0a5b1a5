import type { AlbertParams, NetworkTraining } from "@winnow/contracts";
import type { CheckpointOptions, ModelOptions } from "@winnow/encoder";

type Params = Pick<NetworkTraining, "model" | "training">;

/** The requested model with random weights. */
export const modelOptions = (params: Params & { model: AlbertParams }): ModelOptions => ({
  ...checkpointOptions(params),
  preset: params.model.preset,
});

/** What overrides a checkpoint's own configuration; undefined leaves it as it is. */
export function checkpointOptions({ model, training }: Params): CheckpointOptions {
  const { tap, pooling } = model.head;
  const modelType = model.kind ?? "albert";
  const usual = modelType === "bert" ? "mean" : "cls-mean-embedding";
  return {
    modelType,
    // Set here too: a checkpoint that does not set it would use only the CLS row.
    head: { ...model.head, pooling: pooling ?? (tap === "pooler" ? "cls" : usual) },
    maxLength: model.maxLength,
    activation: model.activation,
    hiddenDropout: training.dropout,
    attentionDropout: training.attentionDropout,
  };
}
