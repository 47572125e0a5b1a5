import { z } from "zod";

/** Where checkpoints of folds in training are stored; every worker must reach it. */
export const CheckpointPlace = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("folder"),
    /** Absolute. */
    folder: z.string(),
  }),
  z.strictObject({
    type: z.literal("s3"),
    bucket: z.string(),
    /** The prefix of every key; "" or ends with a slash. */
    prefix: z.string(),
    region: z.string(),
    /** null: Amazon's own. */
    endpoint: z.string().nullable(),
    /** Whether the URL has the bucket in its path instead of its host name. */
    pathStyle: z.boolean(),
    /** null: the library finds them in its own variables, files or the machine's role. */
    credentials: z
      .strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() })
      .nullable(),
  }),
]);
export type CheckpointPlace = z.infer<typeof CheckpointPlace>;
export type S3Place = Extract<CheckpointPlace, { type: "s3" }>;
