// Long because it is one table: every route of the contract.
import { z } from "zod";
import type { ErrorCode } from "../errors/error-catalogue.js";
import { CORPUS_CODES } from "../errors/error-translation.js";
import { JobKind } from "../jobs/kinds.js";
import { LabelPolicy, RequestedFormat } from "../parameters/dataset-parameters.js";
import { RunMember } from "../parameters/model-parameters.js";
import { ReviewUse } from "../parameters/review-parameters.js";
import { AuditEntry, type RouteScope } from "../resources/access.js";
import { CrossValidation, Fold, FoldModel } from "../resources/cross-validations.js";
import { Dataset, DatasetClass, DatasetProfile, Reject, Sample } from "../resources/datasets.js";
import { Deletion } from "../resources/deletions.js";
import { Flag } from "../resources/flags.js";
import { CancelFilter, CancelReport, Job, JobEvent } from "../resources/jobs.js";
import { PageQuery, pageOf, WholeQuery } from "../resources/pages.js";
import { Joint, Pruning, PruningClass, PruningPair } from "../resources/prunings.js";
import { Health, Readiness } from "../resources/readiness.js";
import { Upload, UploadPreview } from "../resources/uploads.js";
import * as w from "../resources/webhooks.js";
import { CrossValidationState, DeliveryState, JobState, PruningState } from "../states/states.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { queryInteger, queryNumber, text } from "../values/constraints.js";
import {
  ApiKeyId,
  CrossValidationId,
  DatasetId,
  JobId,
  PruningId,
  UploadId,
  WebhookDeliveryId,
  WebhookId,
} from "../values/ids.js";
import { EXPERIMENT_ROUTES } from "./experiment-routes.js";
import { JOB_ALIAS_ROUTES, JOB_ROUTES, RETRY_REFUSALS } from "./job-routes.js";
import { RECEIPT_ROUTES } from "./receipt-routes.js";
import { REVIEW_ROUTES } from "./review-routes.js";
import { REVIEW_SAMPLE_ROUTES } from "./review-sample-routes.js";
import { Stream } from "./stream.js";

export { Stream } from "./stream.js";

/** First, last and total; the first two are missing in a request to complete the upload. */
export const CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/;
const RANGE_FAULT = 'Send "Content-Range: bytes FIRST-LAST/TOTAL".';
const LENGTH_FAULT = "Upload-Length must be the size of the file in bytes.";

const EventId = z.string().regex(/^\d{1,18}$/);

const byJob = z.object({ id: JobId });
const byDataset = z.object({ id: DatasetId });
const byCrossValidation = z.object({ id: CrossValidationId });
const byPruning = z.object({ id: PruningId });
const byWebhook = z.object({ id: WebhookId });

export const EXPORT_SPLITS = ["cleaned", "noise", "relabelled", "soft", "all"] as const;
export const EXPORT_FORMATS = [
  "jsonl",
  "json",
  "csv",
  "tsv",
  "toutiao-multilevel",
  "toutiao",
  "fasttext",
  "parquet",
] as const;
/** "source": the format of the file that was ingested, with its delimiter. */
export const EXPORT_FORMAT_CHOICES = [...EXPORT_FORMATS, "source"] as const;
export const EXPORT_COLUMNS = ["winnow", "source", "all"] as const;
export const EXPORT_UNWRITABLE = ["refuse", "clean"] as const;
/** Without their parameters. */
export const EXPORT_CONTENT_TYPES = {
  jsonl: "application/x-ndjson",
  json: "application/json",
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  "toutiao-multilevel": "text/plain",
  toutiao: "text/plain",
  fasttext: "text/plain",
  parquet: "application/vnd.apache.parquet",
} as const satisfies Record<(typeof EXPORT_FORMATS)[number], string>;
export const MODEL_FILES = [
  "config.json",
  "vocab.txt",
  "tokenizer_config.json",
  "model.safetensors",
] as const;
export const PROBABILITY_PARTS = ["probabilities", "labels", "folds", "ids"] as const;

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: `/${string}`;
  readonly summary: string;
  /** What an API key must have to call it, once there are keys. */
  readonly scope: RouteScope;
  /**
   * For keys that see only what they made: the handler leaves out what others made. A route without it
   * is open to them only for an `id` in its path that is their own.
   */
  readonly ofOwner?: true;
  /** A POST that must not run twice: it honours an Idempotency-Key. */
  readonly idempotencyKey?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Request headers of this route; loose, since any request has others too. */
  readonly headers?: z.ZodObject;
  /** A JSON body. A route without it and without `bytes` takes none. */
  readonly body?: z.ZodType;
  /** The most bytes of a JSON body; without it `BODY_BYTES.plain`. */
  readonly maxBodyBytes?: number;
  /** A body of bytes. */
  readonly bytes?: { readonly contentTypes: readonly string[]; readonly description: string };
  /** Status codes of success and their bodies; any route may also answer with a problem. */
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Content types of a `Stream`, or those a 200 can have instead of JSON. */
  readonly produces?: readonly string[];
  /** Problems that are its own: `refusalsOf` adds those that follow from the other fields. */
  readonly refusals?: readonly ErrorCode[];
  /** Success of a request that asks for something else: only an estimate, a stream of events. */
  readonly alsoAnswers?: Readonly<Record<number, z.ZodType>>;
}

/** Every route of the contract. The API registers its routes and the client calls from this table. */
export const ROUTES = {
  createUpload: {
    method: "POST",
    path: "/v1/uploads",
    scope: "write",
    ofOwner: true,
    idempotencyKey: true,
    summary: "Upload a file, or start a resumable upload with Upload-Length",
    headers: z.looseObject({
      "upload-length": z
        .string()
        .regex(/^\d{1,15}$/, LENGTH_FAULT)
        .optional()
        .meta({
          description:
            "The size in bytes of a file that is sent in PATCH requests; the POST then has no body",
        }),
    }),
    bytes: {
      contentTypes: ["application/octet-stream", "multipart/form-data"],
      description:
        "The file, plain, gzip, zstd or zip, as the body itself or as the form's one file",
    },
    responses: { 201: Upload },
    refusals: ["upload-empty", "quota-exceeded"],
  },
  getUpload: {
    method: "GET",
    path: "/v1/uploads/:id",
    scope: "read",
    summary: "Get an upload: its size, how much has arrived, and its checksum",
    params: z.object({ id: UploadId }),
    responses: { 200: Upload },
  },
  appendUpload: {
    method: "PATCH",
    path: "/v1/uploads/:id",
    scope: "write",
    summary: "Append bytes to a resumable upload, starting where it stopped",
    params: z.object({ id: UploadId }),
    headers: z.looseObject({
      "content-range": z.string().regex(CONTENT_RANGE, RANGE_FAULT).meta({
        description:
          "`bytes FIRST-LAST/TOTAL`; `bytes */TOTAL` completes an upload whose bytes have all arrived",
      }),
    }),
    bytes: { contentTypes: ["application/octet-stream"], description: "The bytes of the range" },
    responses: { 200: Upload },
    refusals: ["upload-conflict"],
  },
  deleteUpload: {
    method: "DELETE",
    path: "/v1/uploads/:id",
    scope: "write",
    summary: "Delete an upload and its file; 409 while a job reads it. Its datasets stay",
    params: z.object({ id: UploadId }),
    responses: { 204: z.null() },
    refusals: ["upload-in-use"],
  },
  getUploadDeletion: {
    method: "GET",
    path: "/v1/uploads/:id/deletion",
    scope: "read",
    summary: "See what deleting an upload would remove",
    params: z.object({ id: UploadId }),
    responses: { 200: Deletion },
  },
  previewUpload: {
    method: "POST",
    path: "/v1/uploads/:id/preview",
    scope: "read",
    summary: "Preview the start of an upload: rows, format, columns and classes",
    params: z.object({ id: UploadId }),
    body: z.strictObject({
      format: RequestedFormat.optional(),
      labels: LabelPolicy.optional(),
      rows: z.int().min(1).max(200).default(20),
    }),
    maxBodyBytes: BODY_BYTES.aliases,
    responses: { 200: UploadPreview },
    refusals: ["upload-incomplete", ...Object.values(CORPUS_CODES)],
  },
  ...JOB_ROUTES,
  ...JOB_ALIAS_ROUTES,
  listJobs: {
    method: "GET",
    path: "/v1/jobs",
    scope: "read",
    ofOwner: true,
    summary: "List jobs, newest first",
    query: PageQuery.extend({
      state: JobState.optional(),
      kind: JobKind.optional(),
      datasetId: DatasetId.optional(),
      parentId: JobId.optional().meta({
        description: "The jobs that this one queued; without it only those that no job has queued",
      }),
    }),
    responses: { 200: pageOf(Job) },
  },
  getJob: {
    method: "GET",
    path: "/v1/jobs/:id",
    scope: "read",
    summary: "Get a job; `wait` delays the answer until its state changes",
    params: byJob,
    query: z.strictObject({
      wait: queryInteger(0, 60)
        .prefault(0)
        .meta({ description: "Seconds to wait for a change at most" }),
    }),
    responses: { 200: Job },
  },
  listJobEvents: {
    method: "GET",
    path: "/v1/jobs/:id/events",
    scope: "read",
    summary: "List a job's events in order, or follow them as text/event-stream",
    params: byJob,
    query: z.strictObject({
      after: EventId.optional().meta({ description: "Only events after the one with this id" }),
      limit: queryInteger(1, 1000)
        .prefault(200)
        .meta({ description: "Events a page at most: it ends sooner once it has about 4 MiB" }),
    }),
    headers: z.looseObject({
      "last-event-id": EventId.optional().meta({
        description: "Resumes an event stream after this event; browsers send it themselves",
      }),
    }),
    responses: { 200: pageOf(JobEvent) },
    produces: ["text/event-stream"],
    alsoAnswers: { 204: z.null() },
  },
  cancelJobs: {
    method: "POST",
    path: "/v1/jobs/cancel",
    scope: "write",
    ofOwner: true,
    summary: "Cancel all queued and running jobs that fit a filter, at most 1,000 a call",
    query: z.strictObject({
      validateOnly: z.enum(["true", "false"]).default("false").meta({
        description: "true counts the jobs without cancelling any",
      }),
    }),
    body: CancelFilter,
    responses: { 200: CancelReport },
  },
  cancelJob: {
    method: "POST",
    path: "/v1/jobs/:id/cancel",
    scope: "write",
    summary: "Cancel a job: 202 while it is ending, 200 if it has ended already",
    params: byJob,
    responses: { 200: Job, 202: Job },
  },
  retryJob: {
    method: "POST",
    path: "/v1/jobs/:id/retry",
    scope: "write",
    idempotencyKey: true,
    summary: "Retry a failed or cancelled job as a new job, which keeps its finished folds",
    params: byJob,
    responses: { 202: Job },
    refusals: RETRY_REFUSALS,
  },
  listDatasets: {
    method: "GET",
    path: "/v1/datasets",
    scope: "read",
    ofOwner: true,
    summary: "List datasets, newest first",
    query: PageQuery,
    responses: { 200: pageOf(Dataset) },
  },
  getDataset: {
    method: "GET",
    path: "/v1/datasets/:id",
    scope: "read",
    summary: "Get a dataset",
    params: byDataset,
    responses: { 200: Dataset },
  },
  deleteDataset: {
    method: "DELETE",
    path: "/v1/datasets/:id",
    scope: "write",
    summary: "Delete a dataset with its cross-validations and prunings; 409 while a job uses it",
    params: byDataset,
    responses: { 204: z.null() },
    refusals: ["dataset-in-use"],
  },
  getDatasetDeletion: {
    method: "GET",
    path: "/v1/datasets/:id/deletion",
    scope: "read",
    summary: "See what deleting a dataset would remove",
    params: byDataset,
    responses: { 200: Deletion },
  },
  getDatasetProfile: {
    method: "GET",
    path: "/v1/datasets/:id/profile",
    scope: "read",
    summary: "Get a dataset's profile: rows, classes, lengths, duplicates and label conflicts",
    params: byDataset,
    responses: { 200: DatasetProfile },
    refusals: ["dataset-not-ready"],
  },
  listDatasetClasses: {
    method: "GET",
    path: "/v1/datasets/:id/classes",
    scope: "read",
    summary: "List a dataset's classes by index",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(DatasetClass) },
  },
  listSamples: {
    method: "GET",
    path: "/v1/datasets/:id/samples",
    scope: "read",
    summary: "List a dataset's samples in input order",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(Sample) },
  },
  listRejects: {
    method: "GET",
    path: "/v1/datasets/:id/rejects",
    scope: "read",
    summary: "List the lines of the file that were not kept, with the reason",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(Reject) },
  },
  listCrossValidations: {
    method: "GET",
    path: "/v1/cross-validations",
    scope: "read",
    ofOwner: true,
    summary: "List cross-validations, newest first",
    query: PageQuery.extend({
      datasetId: DatasetId.optional(),
      state: CrossValidationState.optional(),
      jobId: JobId.optional().meta({ description: "The job that makes it" }),
      parentId: CrossValidationId.optional().meta({
        description: "The members of this run's pool; without it no members are listed",
      }),
    }),
    responses: { 200: pageOf(CrossValidation) },
  },
  getCrossValidation: {
    method: "GET",
    path: "/v1/cross-validations/:id",
    scope: "read",
    summary: "Get a cross-validation: configuration, seed, backend and result",
    params: byCrossValidation,
    responses: { 200: CrossValidation },
  },
  listFolds: {
    method: "GET",
    path: "/v1/cross-validations/:id/folds",
    scope: "read",
    summary: "List a cross-validation's folds with their learning curves and metrics",
    params: byCrossValidation,
    query: WholeQuery,
    responses: { 200: pageOf(Fold) },
  },
  getProbabilities: {
    method: "GET",
    path: "/v1/cross-validations/:id/probabilities",
    scope: "read",
    summary: "Download probabilities, labels, folds or ids as npy",
    params: byCrossValidation,
    query: z.strictObject({
      format: z.enum(["npy"]).default("npy"),
      part: z
        .enum(PROBABILITY_PARTS)
        .meta({ id: "ProbabilityPart" })
        .default("probabilities")
        .meta({
          description:
            "float32 (rows, classes), or (rows): int32 labels or folds, or ids, in sample order. ids are " +
            "the file's, as unicode strings (empty for a row without one), or the int64 ids of the " +
            "samples if no row has one",
        }),
      member: RunMember.optional().meta({
        description: "Of one model of the run's pool instead of the pool",
      }),
    }),
    responses: { 200: Stream },
    produces: ["application/octet-stream"],
    refusals: ["cross-validation-not-finished", "member-not-found", "ids-too-long"],
  },
  listModels: {
    method: "GET",
    path: "/v1/cross-validations/:id/models",
    scope: "read",
    summary: "List the models of the folds, if the training kept them",
    params: byCrossValidation,
    query: WholeQuery,
    responses: { 200: pageOf(FoldModel) },
  },
  getModelFile: {
    method: "GET",
    path: "/v1/cross-validations/:id/models/:fold/:file",
    scope: "read",
    summary: "Download one file of a fold's model, a Hugging Face folder",
    params: byCrossValidation.extend({
      fold: queryInteger(0, 255),
      file: z.enum(MODEL_FILES).meta({ id: "ModelFileName" }),
    }),
    responses: { 200: Stream },
    produces: ["application/octet-stream"],
  },
  deleteCrossValidation: {
    method: "DELETE",
    path: "/v1/cross-validations/:id",
    scope: "write",
    summary: "Delete a cross-validation with its prunings and models; 409 while a job uses it",
    params: byCrossValidation,
    responses: { 204: z.null() },
    refusals: ["cross-validation-in-use"],
  },
  getCrossValidationDeletion: {
    method: "GET",
    path: "/v1/cross-validations/:id/deletion",
    scope: "read",
    summary: "See what deleting a cross-validation would remove",
    params: byCrossValidation,
    responses: { 200: Deletion },
  },
  listPrunings: {
    method: "GET",
    path: "/v1/prunings",
    scope: "read",
    ofOwner: true,
    summary: "List prunings, newest first",
    query: PageQuery.extend({
      datasetId: DatasetId.optional(),
      crossValidationId: CrossValidationId.optional(),
      state: PruningState.optional(),
      jobId: JobId.optional().meta({ description: "The job that makes it" }),
    }),
    responses: { 200: pageOf(Pruning) },
  },
  getPruning: {
    method: "GET",
    path: "/v1/prunings/:id",
    scope: "read",
    summary:
      "Get a pruning: parameters, counts, warnings, health and the noise rate as the model sees it",
    params: byPruning,
    responses: { 200: Pruning },
  },
  deletePruning: {
    method: "DELETE",
    path: "/v1/prunings/:id",
    scope: "write",
    summary: "Delete a pruning with its flags; 409 while a job uses it",
    params: byPruning,
    responses: { 204: z.null() },
    refusals: ["pruning-in-use"],
  },
  getPruningDeletion: {
    method: "GET",
    path: "/v1/prunings/:id/deletion",
    scope: "read",
    summary: "See what deleting a pruning would remove",
    params: byPruning,
    responses: { 200: Deletion },
  },
  listFlags: {
    method: "GET",
    path: "/v1/prunings/:id/flags",
    scope: "read",
    summary: "List the flags, most doubtful label first",
    params: byPruning,
    query: PageQuery.extend({
      given: z.string().optional().meta({ description: "A class name" }),
      suggested: z.string().optional().meta({ description: "A class name" }),
      fold: queryInteger(0, 255).optional(),
      minStability: queryNumber(0, 1).optional(),
      maxStability: queryNumber(0, 1).optional(),
      order: z
        .enum(["rank", "ordinal", "stability"])
        .meta({ id: "FlagListOrder" })
        .default("rank")
        .meta({ description: "stability: what most models flag first, then by rank" }),
    }),
    responses: { 200: pageOf(Flag) },
    refusals: ["pruning-not-finished"],
  },
  getJoint: {
    method: "GET",
    path: "/v1/prunings/:id/joint",
    scope: "read",
    summary:
      "Get the joint of given and true labels: row = given label, column = estimated true label",
    params: byPruning,
    responses: { 200: Joint },
    refusals: ["pruning-not-finished"],
  },
  listPruningClasses: {
    method: "GET",
    path: "/v1/prunings/:id/classes",
    scope: "read",
    summary: "List the noise of each class, worst quality first",
    params: byPruning,
    query: WholeQuery,
    responses: { 200: pageOf(PruningClass) },
    refusals: ["pruning-not-finished"],
  },
  listPruningPairs: {
    method: "GET",
    path: "/v1/prunings/:id/pairs",
    scope: "read",
    summary: "List pairs of overlapping classes, largest overlap first",
    params: byPruning,
    query: WholeQuery,
    responses: { 200: pageOf(PruningPair) },
    refusals: ["pruning-not-finished"],
  },
  exportPruning: {
    method: "GET",
    path: "/v1/prunings/:id/export",
    scope: "read",
    summary: "Export the dataset after a pruning, in input order",
    params: byPruning,
    query: z.strictObject({
      split: z.enum(EXPORT_SPLITS).meta({ id: "ExportSplit" }).default("cleaned"),
      format: z.enum(EXPORT_FORMAT_CHOICES).meta({ id: "ExportFormat" }).default("jsonl").meta({
        description:
          "source: that of the file that was ingested, with its delimiter, quotes and escapes",
      }),
      columns: z.enum(EXPORT_COLUMNS).meta({ id: "ExportColumns" }).default("winnow").meta({
        description:
          "winnow: Winnow's columns, then the file's others. source: the file's own columns, as they stood there. all: these, then Winnow's; where a name is taken, Winnow's begins with winnow_",
      }),
      reviews: ReviewUse.default("follow"),
      evidence: z.enum(["true", "false"]).default("false").meta({
        description:
          "Adds a column: which words or characters speak for a flag's suggestion and for the given label, with weights, as JSON",
      }),
      formulaGuard: z.enum(["true", "false"]).default("false").meta({
        description:
          "Puts an apostrophe before cells of csv and tsv that a spreadsheet would run; the format option formulaGuard removes it again",
      }),
      unwritable: z.enum(EXPORT_UNWRITABLE).meta({ id: "UnwritableRows" }).default("refuse").meta({
        description:
          "What happens to rows that the format cannot hold: refuse the export, or clean them; the header x-winnow-cleaned-rows counts those",
      }),
    }),
    responses: { 200: Stream },
    produces: [...new Set(Object.values(EXPORT_CONTENT_TYPES))],
    refusals: ["pruning-not-finished", "unwritable-rows", "invalid-parameters", "not-implemented"],
  },
  ...EXPERIMENT_ROUTES,
  exportDatasetFolder: {
    method: "GET",
    path: "/v1/prunings/:id/dataset-folder",
    scope: "read",
    summary:
      "Export all splits after a pruning as a folder that datasets.load_dataset opens, in a tar",
    params: byPruning,
    query: z.strictObject({
      reviews: ReviewUse.default("follow"),
      name: text().max(200).optional().meta({ description: "By default the dataset's" }),
      description: text().max(10_000).optional(),
      license: text().max(500).optional().meta({
        description:
          "An SPDX identifier such as CC-BY-4.0, or a URL; left out where it is not given",
      }),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .optional()
        .meta({
          description:
            "Where the data is from, or will be published; left out where it is not given",
        }),
      creator: text().max(500).optional().meta({
        description: "Who made the data; left out where it is not given",
      }),
    }),
    responses: { 200: Stream },
    produces: ["application/x-tar"],
    refusals: ["pruning-not-finished"],
  },
  ...REVIEW_ROUTES,
  ...REVIEW_SAMPLE_ROUTES,
  ...RECEIPT_ROUTES,
  listAudit: {
    method: "GET",
    path: "/v1/audit",
    scope: "admin",
    ofOwner: true,
    summary: "List who changed what, newest first",
    query: PageQuery.extend({
      keyId: ApiKeyId.optional(),
      resource: text().max(100).optional().meta({ description: "The id of what was changed" }),
    }),
    responses: { 200: pageOf(AuditEntry) },
  },
  createWebhook: {
    method: "POST",
    path: "/v1/webhooks",
    scope: "admin",
    ofOwner: true,
    idempotencyKey: true,
    summary: "Create a webhook that is called when jobs end; the answer shows its signing secret",
    body: w.WebhookParams,
    responses: { 201: w.WebhookWithSecret },
    refusals: ["too-many-webhooks"],
  },
  listWebhooks: {
    method: "GET",
    path: "/v1/webhooks",
    scope: "read",
    ofOwner: true,
    summary: "List webhooks, newest first",
    query: PageQuery,
    responses: { 200: pageOf(w.Webhook) },
  },
  getWebhook: {
    method: "GET",
    path: "/v1/webhooks/:id",
    scope: "read",
    summary: "Get a webhook",
    params: byWebhook,
    responses: { 200: w.Webhook },
  },
  updateWebhook: {
    method: "PATCH",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Change, disable or enable a webhook",
    params: byWebhook,
    body: w.WebhookChanges,
    responses: { 200: w.Webhook },
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Delete a webhook and its deliveries",
    params: byWebhook,
    responses: { 204: z.null() },
  },
  rotateWebhookSecret: {
    method: "POST",
    path: "/v1/webhooks/:id/rotate-secret",
    scope: "admin",
    idempotencyKey: true,
    summary: "Create a new secret; the old one also signs for 24 hours",
    params: byWebhook,
    responses: { 200: w.WebhookWithSecret },
  },
  pingWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/ping",
    scope: "admin",
    idempotencyKey: true,
    summary: "Send a message of type ping to test the receiver",
    params: byWebhook,
    responses: { 202: w.WebhookDelivery },
    refusals: ["webhook-disabled"],
  },
  listWebhookDeliveries: {
    method: "GET",
    path: "/v1/webhooks/:id/deliveries",
    scope: "read",
    summary: "List a webhook's deliveries, newest first",
    params: byWebhook,
    query: PageQuery.extend({ state: DeliveryState.optional() }),
    responses: { 200: pageOf(w.WebhookDelivery) },
  },
  redeliverWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/deliveries/:deliveryId/redeliver",
    scope: "admin",
    idempotencyKey: true,
    summary: "Send a delivery again with the same webhook-id",
    params: byWebhook.extend({ deliveryId: WebhookDeliveryId }),
    responses: { 202: w.WebhookDelivery },
    refusals: ["webhook-disabled"],
  },
  health: {
    method: "GET",
    path: "/healthz",
    scope: "public",
    summary: "Check that the process is alive",
    responses: { 200: Health },
  },
  readiness: {
    method: "GET",
    path: "/readyz",
    scope: "public",
    summary: "Check that the service can serve requests",
    responses: { 200: Readiness, 503: Readiness },
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    scope: "read",
    summary: "Metrics for Prometheus",
    responses: { 200: Stream },
    produces: ["text/plain"],
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
