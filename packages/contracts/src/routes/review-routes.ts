import { z } from "zod";
import {
  FLAG_TEXTS,
  ReviewOrder,
  ReviewParams,
  ReviewState,
  UndoParams,
  Verdict,
} from "../parameters/review-parameters.js";
import { PageQuery, pageOf } from "../resources/pages.js";
import {
  DatasetDiff,
  DiffRow,
  QueuedFlag,
  Review,
  ReviewReport,
  ReviewResult,
  ReviewUndo,
} from "../resources/reviews.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { queryInteger, queryNumber, text } from "../values/constraints.js";
import { DatasetId, PruningId } from "../values/ids.js";

const byDataset = z.object({ id: DatasetId });
const byPruning = z.object({ id: PruningId });

const AGAINST = DatasetId.meta({
  description:
    "The dataset before: any that comes from the same file; by default its parent, or itself if it has none",
}).optional();

/** Reviews are facts about the rows of a dataset; a pruning's queue shows which to decide next. */
export const REVIEW_ROUTES = {
  createReviews: {
    method: "POST",
    path: "/v1/datasets/:id/reviews",
    scope: "write",
    idempotencyKey: true,
    summary: "Review rows, or all flags that a filter meets, as one action",
    params: byDataset,
    query: z.strictObject({
      validateOnly: z.enum(["true", "false"]).default("false").meta({
        description: "true counts the rows without reviewing any",
      }),
    }),
    headers: z.looseObject({
      "if-match": text().max(200).optional().meta({
        description: "An ETag of the dataset's reviews; 412 if they have changed since",
      }),
    }),
    body: ReviewParams,
    maxBodyBytes: BODY_BYTES.classes,
    responses: { 200: ReviewResult },
    refusals: [
      "dataset-not-ready",
      "pruning-not-found",
      "pruning-not-finished",
      "invalid-parameters",
      "review-conflict",
      "reviews-changed",
      "reviews-unconfirmed",
    ],
  },
  undoReviews: {
    method: "POST",
    path: "/v1/datasets/:id/reviews/undo",
    scope: "write",
    idempotencyKey: true,
    summary: "Undo one's own last review action of a dataset, whatever its size",
    params: byDataset,
    body: UndoParams,
    responses: { 200: ReviewUndo },
    refusals: ["nothing-to-undo"],
  },
  listReviews: {
    method: "GET",
    path: "/v1/datasets/:id/reviews",
    scope: "read",
    summary: "List the reviews that count, by row; or the whole history, newest first",
    params: byDataset,
    query: PageQuery.extend({
      view: z
        .enum(["present", "history"])
        .meta({ id: "ReviewView" })
        .default("present")
        .meta({ description: "history: also what was replaced or undone" }),
      verdict: Verdict.optional(),
      ordinal: queryInteger(0, 0x7fff_ffff).optional().meta({ description: "Of this row alone" }),
    }),
    responses: { 200: pageOf(Review) },
  },
  listReviewQueue: {
    method: "GET",
    path: "/v1/prunings/:id/queue",
    scope: "read",
    summary: "List flags with all that it takes to decide about them",
    params: byPruning,
    query: PageQuery.extend({
      limit: queryInteger(1, 200)
        .prefault(20)
        .meta({ description: "Rows a page at most: it ends sooner once it has about 4 MiB" }),
      order: ReviewOrder.default("worst"),
      state: ReviewState.default("pending"),
      ...FLAG_TEXTS,
      fold: queryInteger(0, 255).optional(),
      minRank: queryInteger(1, 0x7fff_ffff).optional(),
      maxRank: queryInteger(1, 0x7fff_ffff).optional(),
      minErrorProbability: queryNumber(0, 1).optional(),
      maxErrorProbability: queryNumber(0, 1).optional(),
    }),
    responses: { 200: pageOf(QueuedFlag) },
    refusals: ["pruning-not-finished"],
  },
  getReviewReport: {
    method: "GET",
    path: "/v1/prunings/:id/reviews",
    scope: "read",
    summary: "Get how many flags were confirmed and rejected, and the precision so far",
    params: byPruning,
    responses: { 200: ReviewReport },
    refusals: ["pruning-not-finished"],
  },
  getDatasetDiff: {
    method: "GET",
    path: "/v1/datasets/:id/diff",
    scope: "read",
    summary: "Get what changed from another version of a dataset to this one, in all and by class",
    params: byDataset,
    query: z.strictObject({ against: AGAINST }),
    responses: { 200: DatasetDiff },
    refusals: ["dataset-not-ready", "invalid-parameters"],
  },
  listDatasetDiffRows: {
    method: "GET",
    path: "/v1/datasets/:id/diff/rows",
    scope: "read",
    summary: "List the rows that changed from another version of a dataset to this one",
    params: byDataset,
    query: PageQuery.extend({ against: AGAINST, change: DiffRow.shape.change.optional() }),
    responses: { 200: pageOf(DiffRow) },
    refusals: ["dataset-not-ready", "invalid-parameters"],
  },
} as const;
