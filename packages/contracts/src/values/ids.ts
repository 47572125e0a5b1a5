import { z } from "zod";

/** The prefixes of public ids; behind each stands a UUIDv7, so ids sort by creation time. */
export const ID_PREFIXES = {
  job: "job",
  task: "task",
  dataset: "ds",
  crossValidation: "cv",
  pruning: "pr",
  upload: "up",
  apiKey: "key",
  webhook: "wh",
  webhookDelivery: "msg",
  reviewAction: "rv",
  reviewSample: "rs",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

const id = (kind: IdKind) =>
  z
    .string()
    .regex(new RegExp(`^${ID_PREFIXES[kind]}_${UUID}$`))
    .meta({ example: `${ID_PREFIXES[kind]}_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59` });

export const JobId = id("job");
export const TaskId = id("task");
export const DatasetId = id("dataset");
export const CrossValidationId = id("crossValidation");
export const PruningId = id("pruning");
export const UploadId = id("upload");
export const ApiKeyId = id("apiKey");
export const WebhookId = id("webhook");
export const WebhookDeliveryId = id("webhookDelivery");
export const ReviewActionId = id("reviewAction");
export const ReviewSampleId = id("reviewSample");
