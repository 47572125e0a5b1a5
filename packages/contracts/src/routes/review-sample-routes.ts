import { z } from "zod";
import { ReviewState } from "../parameters/review-parameters.js";
import { ReviewSampleParams } from "../parameters/review-sample-parameters.js";
import { PageQuery, pageOf } from "../resources/pages.js";
import { ReviewSample, SampledRow } from "../resources/review-samples.js";
import { queryInteger } from "../values/constraints.js";
import { DatasetId, ReviewSampleId } from "../values/ids.js";

const byDataset = z.object({ id: DatasetId });
const bySample = z.object({ id: ReviewSampleId });

/** Random samples of rows, whose reviews say how many labels are wrong. */
export const REVIEW_SAMPLE_ROUTES = {
  createReviewSample: {
    method: "POST",
    path: "/v1/datasets/:id/review-samples",
    scope: "write",
    idempotencyKey: true,
    summary: "Draw a random sample of flagged and unflagged rows, to be reviewed",
    params: byDataset,
    body: ReviewSampleParams,
    responses: { 201: ReviewSample },
    refusals: [
      "dataset-not-ready",
      "pruning-not-found",
      "pruning-not-finished",
      "invalid-parameters",
    ],
  },
  listReviewSamples: {
    method: "GET",
    path: "/v1/datasets/:id/review-samples",
    scope: "read",
    summary: "List a dataset's samples, newest first, with what their reviews say so far",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(ReviewSample) },
  },
  getReviewSample: {
    method: "GET",
    path: "/v1/review-samples/:id",
    scope: "read",
    summary: "Get a sample, and the noise rate, precision and recall that its reviews give",
    params: bySample,
    responses: { 200: ReviewSample },
  },
  listReviewSampleRows: {
    method: "GET",
    path: "/v1/review-samples/:id/queue",
    scope: "read",
    summary: "List a sample's rows in the order of review, with all that it takes to decide",
    params: bySample,
    query: PageQuery.extend({
      limit: queryInteger(1, 200)
        .prefault(20)
        .meta({ description: "Rows a page at most: it ends sooner once it has about 4 MiB" }),
      state: ReviewState.default("pending"),
    }),
    responses: { 200: pageOf(SampledRow) },
  },
} as const;
