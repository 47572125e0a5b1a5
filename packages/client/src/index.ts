/**
 * The typed client of the HTTP API, for Node and for browsers. Nothing in it is generated.
 *
 *     const client = createClient("http://127.0.0.1:8080");
 *     const { id: uploadId } = await client.uploadFile(await openAsBlob("titles.csv"));
 *     const body = { name: "titles", source: { type: "upload", uploadId }, format: { type: "csv" } };
 *     const job = await client.call("createDatasetIngest", { body });
 *     const { state, datasetId, error } = await client.jobs.wait(job.id);
 */
export type { ClientOptions, UploadPart } from "./calls/calls.js";
export type {
  CallInput,
  CallOptions,
  CallOutput,
  DownloadRoute,
  ItemOf,
  JobRoute,
  JsonRoute,
  ListRoute,
  UploadRoute,
} from "./calls/routes.js";
export { isTerminal, TERMINAL_STATES } from "./contract/route.js";
export type * from "./contract/types.js";
export {
  ApiError,
  isTransient,
  type ServiceProblem,
  UnexpectedAnswerError,
  UnreachableError,
} from "./http/errors.js";
export type { Bytes } from "./http/request.js";
export { type FollowOptions, followEvents } from "./jobs/follow-events.js";
export type { FollowedEvent } from "./jobs/job-events.js";
export { type WaitOptions, waitForJob } from "./jobs/wait-for-job.js";
export { type Jobs, type JobsWaitOptions, WaitTimeoutError } from "./jobs/wait-for-jobs.js";
export { allItems } from "./lists/all-items.js";
export { type Client, createClient } from "./service/create-client.js";
export type { FileUploadOptions } from "./uploads/upload-file.js";
export {
  InvalidWebhookError,
  verifyWebhook,
  type WebhookMessage,
} from "./webhooks/verify-webhook.js";
