import { z } from "zod";
import { JobKind } from "../jobs/kinds.js";
import { FOUND } from "../resources/findings.js";
import { CancelFilter, CancelReport, Job, JobEvent } from "../resources/jobs.js";
import { PageQuery, pageOf } from "../resources/pages.js";
import { JobState } from "../states/states.js";
import { queryInteger } from "../values/constraints.js";
import { DatasetId, JobId } from "../values/ids.js";
import { RETRY_REFUSALS } from "./job-routes.js";

const EventId = z.string().regex(/^\d{1,18}$/);
const byJob = z.object({ id: JobId });

/** Jobs that were queued: watching, cancelling and retrying them. */
export const JOB_CONTROL_ROUTES = {
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
  listFoundConflicts: {
    method: "GET",
    path: "/v1/jobs/:id/findings/conflicts",
    scope: "read",
    summary: "List all near-duplicates whose labels differ that a job found, the most mixed first",
    params: byJob,
    query: PageQuery,
    responses: { 200: pageOf(FOUND.conflicts) },
    refusals: ["findings-not-found"],
  },
  listFoundOutliers: {
    method: "GET",
    path: "/v1/jobs/:id/findings/outliers",
    scope: "read",
    summary: "List all rows that a job found to fit no class, the oddest first",
    params: byJob,
    query: PageQuery,
    responses: { 200: pageOf(FOUND.outliers) },
    refusals: ["findings-not-found"],
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
} as const;
