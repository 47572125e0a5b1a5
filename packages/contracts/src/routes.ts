// Long because it is one table: every route of the contract.
import { z } from "zod";
import { AuditEntry, type RouteScope } from "./access.js";
import { DatasetFormat, LabelPolicy } from "./dataset-parameters.js";
import {
  ApiKeyId,
  CrossValidationId,
  DatasetId,
  JobId,
  PruningId,
  UploadId,
  WebhookDeliveryId,
  WebhookId,
} from "./ids.js";
import { JOB_KINDS } from "./jobs/kinds.js";
import { JOB_ROUTES } from "./jobs/routes.js";
import * as p from "./pruning-resources.js";
import * as r from "./resources.js";
import { JOB_STATES } from "./states.js";
import * as w from "./webhooks.js";

/** Pages hold `limit` rows and go on from `cursor`, an opaque string. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(500).optional(),
});

const byJob = z.object({ id: JobId });
const byDataset = z.object({ id: DatasetId });
const byCrossValidation = z.object({ id: CrossValidationId });
const byPruning = z.object({ id: PruningId });
const byWebhook = z.object({ id: WebhookId });

/** A body that is no JSON: a download, a page. The API streams it. */
export const Stream = z.unknown().meta({ description: "A streamed body" });

export const EXPORT_SPLITS = ["cleaned", "noise", "relabelled", "soft", "all"] as const;
export const EXPORT_FORMATS = ["jsonl", "csv", "tsv", "toutiao-multilevel", "parquet"] as const;
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
  /** What an API key must hold to call it, once there are keys. */
  readonly scope: RouteScope;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Status codes of success and their bodies; problems may answer any route. */
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Success of a request that asks for something else: an estimate alone, a stream of events. */
  readonly alsoAnswers?: Readonly<Record<number, z.ZodType>>;
}

/** Every route of the contract: the API registers from it, and the client calls through it. */
export const ROUTES = {
  createUpload: {
    method: "POST",
    path: "/v1/uploads",
    scope: "write",
    summary: "Store a file: a raw or multipart body, gzip allowed",
    responses: { 201: r.Upload },
  },
  getUpload: {
    method: "GET",
    path: "/v1/uploads/:id",
    scope: "read",
    summary: "One stored file: its size and checksum",
    params: z.object({ id: UploadId }),
    responses: { 200: r.Upload },
  },
  appendUpload: {
    method: "PATCH",
    path: "/v1/uploads/:id",
    scope: "write",
    summary: "Go on with an upload made with Upload-Length, at the Content-Range's first byte",
    params: z.object({ id: UploadId }),
    responses: { 200: r.Upload },
  },
  previewUpload: {
    method: "POST",
    path: "/v1/uploads/:id/preview",
    scope: "read",
    summary: "The first rows, the guessed format and columns, the classes seen so far",
    params: z.object({ id: UploadId }),
    body: z.strictObject({
      format: DatasetFormat.optional(),
      labels: LabelPolicy.optional(),
      rows: z.int().min(1).max(200).default(20),
    }),
    responses: { 200: r.UploadPreview },
  },
  ...JOB_ROUTES,
  listJobs: {
    method: "GET",
    path: "/v1/jobs",
    scope: "read",
    summary: "Jobs, newest first",
    query: PageQuery.extend({
      state: z.enum(JOB_STATES).optional(),
      kind: z.enum(JOB_KINDS).optional(),
      datasetId: DatasetId.optional(),
    }),
    responses: { 200: r.pageOf(r.Job) },
  },
  getJob: {
    method: "GET",
    path: "/v1/jobs/:id",
    scope: "read",
    summary: "One job; with `wait` the answer comes when its state changes",
    params: byJob,
    query: z.strictObject({ wait: z.coerce.number().int().min(0).max(60).default(0) }),
    responses: { 200: r.Job },
  },
  listJobEvents: {
    method: "GET",
    path: "/v1/jobs/:id/events",
    scope: "read",
    summary: "A job's events in order, after the given id; as text/event-stream while they come",
    params: byJob,
    query: z.strictObject({
      after: z
        .string()
        .regex(/^\d{1,18}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    responses: { 200: r.pageOf(r.JobEvent) },
    alsoAnswers: { 204: z.null() },
  },
  cancelJob: {
    method: "POST",
    path: "/v1/jobs/:id/cancel",
    scope: "write",
    summary: "Cancel a job: 202 while it ends, 200 if it had ended",
    params: byJob,
    responses: { 200: r.Job, 202: r.Job },
  },
  retryJob: {
    method: "POST",
    path: "/v1/jobs/:id/retry",
    scope: "write",
    summary: "Do a failed or cancelled job again; its finished folds are taken over",
    params: byJob,
    responses: { 202: r.Job },
  },
  listDatasets: {
    method: "GET",
    path: "/v1/datasets",
    scope: "read",
    summary: "Datasets, newest first",
    query: PageQuery,
    responses: { 200: r.pageOf(r.Dataset) },
  },
  getDataset: {
    method: "GET",
    path: "/v1/datasets/:id",
    scope: "read",
    summary: "One dataset",
    params: byDataset,
    responses: { 200: r.Dataset },
  },
  deleteDataset: {
    method: "DELETE",
    path: "/v1/datasets/:id",
    scope: "write",
    summary: "Delete a dataset with all its runs; 409 while a job works on it",
    params: byDataset,
    responses: { 204: z.null() },
  },
  getDatasetProfile: {
    method: "GET",
    path: "/v1/datasets/:id/profile",
    scope: "read",
    summary: "Rows, classes, lengths, duplicates and label conflicts",
    params: byDataset,
    responses: { 200: r.DatasetProfile },
  },
  listDatasetClasses: {
    method: "GET",
    path: "/v1/datasets/:id/classes",
    scope: "read",
    summary: "The classes in index order",
    params: byDataset,
    query: PageQuery,
    responses: { 200: r.pageOf(r.DatasetClass) },
  },
  listSamples: {
    method: "GET",
    path: "/v1/datasets/:id/samples",
    scope: "read",
    summary: "The samples in input order",
    params: byDataset,
    query: PageQuery,
    responses: { 200: r.pageOf(r.Sample) },
  },
  listRejects: {
    method: "GET",
    path: "/v1/datasets/:id/rejects",
    scope: "read",
    summary: "The lines that were not kept, with line number and reason",
    params: byDataset,
    query: PageQuery,
    responses: { 200: r.pageOf(r.Reject) },
  },
  getCrossValidation: {
    method: "GET",
    path: "/v1/cross-validations/:id",
    scope: "read",
    summary: "Configuration, seed, backend and result of a K-fold run",
    params: byCrossValidation,
    responses: { 200: r.CrossValidation },
  },
  listFolds: {
    method: "GET",
    path: "/v1/cross-validations/:id/folds",
    scope: "read",
    summary: "The folds with their curves and metrics",
    params: byCrossValidation,
    responses: { 200: r.pageOf(r.Fold) },
  },
  getProbabilities: {
    method: "GET",
    path: "/v1/cross-validations/:id/probabilities",
    scope: "read",
    summary: "float32 (n, K) in sample order as npy; `part` gives int labels, folds or ids",
    params: byCrossValidation,
    query: z.strictObject({
      format: z.enum(["npy"]).default("npy"),
      part: z.enum(PROBABILITY_PARTS).default("probabilities"),
    }),
    responses: { 200: Stream },
  },
  listModels: {
    method: "GET",
    path: "/v1/cross-validations/:id/models",
    scope: "read",
    summary: "The folds' models, where the training kept them",
    params: byCrossValidation,
    responses: { 200: r.pageOf(r.FoldModel) },
  },
  getModelFile: {
    method: "GET",
    path: "/v1/cross-validations/:id/models/:fold/:file",
    scope: "read",
    summary: "One file of a fold's Hugging Face folder",
    params: byCrossValidation.extend({
      fold: z.coerce.number().int().min(0).max(255),
      file: z.enum(MODEL_FILES),
    }),
    responses: { 200: Stream },
  },
  getPruning: {
    method: "GET",
    path: "/v1/prunings/:id",
    scope: "read",
    summary: "Counts per stage, parameters, warnings, health, estimated noise rate",
    params: byPruning,
    responses: { 200: p.Pruning },
  },
  listFlags: {
    method: "GET",
    path: "/v1/prunings/:id/flags",
    scope: "read",
    summary: "The doubted samples, worst first",
    params: byPruning,
    query: PageQuery.extend({
      given: z.string().optional().meta({ description: "A class name" }),
      suggested: z.string().optional().meta({ description: "A class name" }),
      fold: z.coerce.number().int().min(0).max(255).optional(),
      order: z.enum(["rank", "ordinal"]).default("rank"),
    }),
    responses: { 200: r.pageOf(p.Flag) },
  },
  getJoint: {
    method: "GET",
    path: "/v1/prunings/:id/joint",
    scope: "read",
    summary: "The K x K joint; row = given label, column = guessed true label",
    params: byPruning,
    responses: { 200: p.Joint },
  },
  listPruningClasses: {
    method: "GET",
    path: "/v1/prunings/:id/classes",
    scope: "read",
    summary: "Noise per class, worst quality first",
    params: byPruning,
    responses: { 200: r.pageOf(p.PruningClass) },
  },
  listPruningPairs: {
    method: "GET",
    path: "/v1/prunings/:id/pairs",
    scope: "read",
    summary: "Pairs of classes that overlap, most first",
    params: byPruning,
    responses: { 200: r.pageOf(p.PruningPair) },
  },
  exportPruning: {
    method: "GET",
    path: "/v1/prunings/:id/export",
    scope: "read",
    summary: "The dataset after the pruning, streamed in input order",
    params: byPruning,
    query: z.strictObject({
      split: z.enum(EXPORT_SPLITS).default("cleaned"),
      format: z.enum(EXPORT_FORMATS).default("jsonl"),
    }),
    responses: { 200: Stream },
  },
  listAudit: {
    method: "GET",
    path: "/v1/audit",
    scope: "admin",
    summary: "Who changed what, newest first",
    query: PageQuery.extend({
      keyId: ApiKeyId.optional(),
      resource: z.string().max(100).optional().meta({ description: "An id" }),
    }),
    responses: { 200: r.pageOf(AuditEntry) },
  },
  createWebhook: {
    method: "POST",
    path: "/v1/webhooks",
    scope: "admin",
    summary: "Have the ends of jobs told to an https address; the answer shows the signing secret",
    body: w.WebhookParams,
    responses: { 201: w.WebhookWithSecret },
  },
  listWebhooks: {
    method: "GET",
    path: "/v1/webhooks",
    scope: "read",
    summary: "Webhooks, newest first",
    query: PageQuery,
    responses: { 200: r.pageOf(w.Webhook) },
  },
  getWebhook: {
    method: "GET",
    path: "/v1/webhooks/:id",
    scope: "read",
    summary: "One webhook",
    params: byWebhook,
    responses: { 200: w.Webhook },
  },
  updateWebhook: {
    method: "PATCH",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Change a webhook, disable it or enable it again",
    params: byWebhook,
    body: w.WebhookChanges,
    responses: { 200: w.Webhook },
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Delete a webhook with its deliveries",
    params: byWebhook,
    responses: { 204: z.null() },
  },
  rotateWebhookSecret: {
    method: "POST",
    path: "/v1/webhooks/:id/rotate-secret",
    scope: "admin",
    summary: "Make a new secret; the old one signs too for 24 hours",
    params: byWebhook,
    responses: { 200: w.WebhookWithSecret },
  },
  pingWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/ping",
    scope: "admin",
    summary: "Send a message of type ping, to try the endpoint",
    params: byWebhook,
    responses: { 202: w.WebhookDelivery },
  },
  listWebhookDeliveries: {
    method: "GET",
    path: "/v1/webhooks/:id/deliveries",
    scope: "read",
    summary: "A webhook's deliveries, newest first",
    params: byWebhook,
    query: PageQuery.extend({ state: z.enum(w.DELIVERY_STATES).optional() }),
    responses: { 200: r.pageOf(w.WebhookDelivery) },
  },
  redeliverWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/deliveries/:deliveryId/redeliver",
    scope: "admin",
    summary: "Send a delivery again, under the same webhook-id",
    params: byWebhook.extend({ deliveryId: WebhookDeliveryId }),
    responses: { 202: w.WebhookDelivery },
  },
  health: {
    method: "GET",
    path: "/healthz",
    scope: "public",
    summary: "The process lives",
    responses: { 200: r.Health },
  },
  readiness: {
    method: "GET",
    path: "/readyz",
    scope: "public",
    summary: "The service can take requests",
    responses: { 200: r.Readiness, 503: r.Readiness },
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    scope: "read",
    summary: "Figures for Prometheus",
    responses: { 200: Stream },
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
