import { AppError, type ReviewParams, type ReviewResult } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { actionView } from "./review-actions.js";
import { holdPruningOf, reviewFilter } from "./review-filter.js";
import { reviewRows } from "./review-rows.js";
import { reviewedDataset } from "./reviewed-dataset.js";

export interface ReviewRequest {
  readonly params: ReviewParams;
  readonly actorId: string | null;
  /** The revision on which it is based; undefined: any. */
  readonly revision?: number | undefined;
  /** Counts the rows and writes nothing. */
  readonly dryRun: boolean;
}

/**
 * Reviews rows of a dataset as one action, which is undone as one. Throws what `reviewRows` and
 * `reviewFilter` throw, `dataset-not-found`, `dataset-not-ready`, `reviews-changed` for an old
 * revision, and `reviews-unconfirmed` if a filter would replace reviews without one.
 */
export async function reviewDataset(
  tx: Transaction,
  datasetId: string,
  { params, actorId, revision, dryRun }: ReviewRequest,
): Promise<Omit<ReviewResult, "etag"> & { revision: number }> {
  const dataset = await reviewedDataset(tx, datasetId);
  const before = dataset.revision;
  if (revision !== undefined && revision !== before) {
    throw new AppError("reviews-changed", "Somebody has reviewed rows of the dataset meanwhile.");
  }
  const written = async () => {
    if (params.type === "filter") {
      if (params.filter.state !== "pending" && revision === undefined && !dryRun) {
        throw new AppError(
          "reviews-unconfirmed",
          `A filter of the state ${params.filter.state} replaces reviews; send the ETag of a count as If-Match.`,
        );
      }
      return reviewFilter(tx, dataset, { ...params, actorId }, { dryRun });
    }
    const { reviews, pruningId = null, order = null } = params;
    if (pruningId !== null) await holdPruningOf(tx, dataset, pruningId);
    const { action, replaced } = await reviewRows(tx, dataset, reviews, {
      actorId,
      pruningId,
      order,
    });
    return { action, rows: reviews.length, replaced };
  };
  const { action, rows, replaced } = await written();
  if (dryRun || !action) return { action: null, rows, replaced, revision: before };
  return {
    action: actionView(action),
    rows,
    replaced,
    // Of the same sequence: what somebody else has committed meanwhile may be above it.
    revision: Math.max(before, action.key),
  };
}
