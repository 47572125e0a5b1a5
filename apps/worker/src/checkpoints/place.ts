import { z } from "zod";

/** Where the states of folds in training lie: on storage that every worker can reach. */
export const CheckpointPlace = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("folder"),
    /** Absolute. */
    folder: z.string(),
  }),
  z.strictObject({
    type: z.literal("s3"),
    bucket: z.string(),
    /** Before every key; "" or ends with a slash. */
    prefix: z.string(),
    region: z.string(),
    /** null: Amazon's own. */
    endpoint: z.string().nullable(),
    /** The bucket in the path instead of the host's name. */
    pathStyle: z.boolean(),
    /** null: what the library finds in its own variables, files or the machine's role. */
    credentials: z
      .strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() })
      .nullable(),
  }),
]);
export type CheckpointPlace = z.infer<typeof CheckpointPlace>;
export type S3Place = Extract<CheckpointPlace, { type: "s3" }>;
