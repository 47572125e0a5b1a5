import { resolve } from "node:path";
import { flag, oneOf, type SHARED_SETTINGS, urlOf } from "@winnow/contracts";
import { folderPath } from "@winnow/storage";
import { z } from "zod";
import type { CheckpointPlace } from "./place.js";

/** The variables of the worker that say where the checkpoints of folds are kept. */
export const CHECKPOINT_SETTINGS = {
  CHECKPOINT_STORE: oneOf(["folder", "s3"])
    .prefault("folder")
    .meta({
      description:
        "Where checkpoints of folds in training are kept: `folder` (in STORAGE_DIR) or `s3`, a " +
        "bucket of Amazon S3 or of a server with the same API.",
    }),
  S3_BUCKET: z.string().optional().meta({
    description: "The bucket of the checkpoints; required with CHECKPOINT_STORE=s3.",
  }),
  S3_PREFIX: z
    .string()
    .prefault("winnow/checkpoints/")
    .meta({ description: "The prefix of the checkpoints' keys in the bucket." }),
  S3_REGION: z.string().prefault("us-east-1").meta({ description: "The region of the bucket." }),
  S3_ENDPOINT: urlOf("https", "http").optional().meta({
    description: "The URL of the S3 server. Unset: Amazon's.",
  }),
  S3_PATH_STYLE: flag()
    .optional()
    .meta({
      description:
        "`true` puts the bucket into the path of the URL, `false` into its host name. Unset: " +
        "`true` with S3_ENDPOINT, else `false`.",
    }),
  S3_ACCESS_KEY_ID: z.string().optional().meta({
    description:
      "The access key. Unset: the AWS SDK finds credentials itself (AWS_PROFILE, a machine's role).",
  }),
  S3_SECRET_ACCESS_KEY: z.string().optional().meta({
    description: "The secret of the access key; set both or neither.",
  }),
} as const;

type Settings = z.infer<
  z.ZodObject<typeof CHECKPOINT_SETTINGS & Pick<typeof SHARED_SETTINGS, "STORAGE_DIR">>
>;

/** Where checkpoints are stored. Adds missing settings to `faults`. */
export function placeOf(e: Settings, faults: string[]): CheckpointPlace {
  if (e.CHECKPOINT_STORE === "folder") {
    return { type: "folder", folder: folderPath(resolve(e.STORAGE_DIR), "checkpoints") };
  }
  if (e.S3_BUCKET === undefined) faults.push("S3_BUCKET: must be set for CHECKPOINT_STORE=s3");
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = e;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    faults.push("S3_ACCESS_KEY_ID: goes with S3_SECRET_ACCESS_KEY; set both or neither");
  }
  return {
    type: "s3",
    bucket: e.S3_BUCKET ?? "",
    prefix: e.S3_PREFIX === "" || e.S3_PREFIX.endsWith("/") ? e.S3_PREFIX : `${e.S3_PREFIX}/`,
    region: e.S3_REGION,
    endpoint: e.S3_ENDPOINT ?? null,
    // Self-hosted servers seldom have a host name for each bucket.
    pathStyle: e.S3_PATH_STYLE ?? e.S3_ENDPOINT !== undefined,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
  };
}
