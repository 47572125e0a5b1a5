/**
 * The typed client of the HTTP API, for Node and for browsers. Nothing in it is generated.
 *
 *     const client = createClient("http://127.0.0.1:8080");
 *     const { id: uploadId } = await client.upload(await openAsBlob("titles.csv"));
 *     const body = { name: "titles", source: { type: "upload", uploadId }, format: { type: "csv" } };
 *     const job = await client.call("createDatasetIngest", { body });
 *     const { state, datasetId, error } = await waitForJob(client, job.id);
 */
export type { Client, ClientOptions, UploadPart } from "./calls/client.js";
export { createClient } from "./calls/create-client.js";
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
export { allItems } from "./lists/all-items.js";
