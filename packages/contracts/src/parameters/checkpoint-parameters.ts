import { z } from "zod";
import { text } from "../values/constraints.js";

/** A folder of pretrained weights. */
export const CheckpointSource = z
  .strictObject({
    path: text().min(1).max(500),
    format: z
      .enum(["safetensors", "tensorflow-bundle", "pytorch"])
      .meta({ id: "CheckpointFormat" })
      .optional(),
  })
  .meta({ id: "CheckpointSource" });
export type CheckpointSource = z.infer<typeof CheckpointSource>;

/** What of a model may name folders. */
interface Named {
  readonly checkpoint?: CheckpointSource | undefined;
  readonly encoder?: { readonly checkpoint: CheckpointSource } | undefined;
}

/** The folders that a model begins with or takes vectors from, each with its place in the body. */
export function checkpointsOf(model: Named): { readonly path: string; readonly pointer: string }[] {
  const { checkpoint, encoder } = model;
  return [
    ...(checkpoint ? [{ path: checkpoint.path, pointer: "/model/checkpoint/path" }] : []),
    ...(encoder
      ? [{ path: encoder.checkpoint.path, pointer: "/model/encoder/checkpoint/path" }]
      : []),
  ];
}
