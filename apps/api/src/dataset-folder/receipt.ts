import type { ReviewUse } from "@winnow/contracts";
import { readCrossValidation, readDataset, readPruning, type Store } from "@winnow/store";

/**
 * How the rows of an export were made: the file, the run that predicted them, the pruning, and whether
 * reviews count. Enough to make them again by hand. Throws `pruning-not-found`.
 */
export async function readReceipt(
  store: Store,
  pruningId: string,
  { reviews, version }: { readonly reviews: ReviewUse; readonly version: string },
) {
  const pruning = await readPruning(store, pruningId);
  const run = await readCrossValidation(store, pruning.crossValidationId);
  const dataset = await readDataset(store, pruning.datasetId);
  return {
    winnow: version,
    dataset: {
      id: dataset.id,
      name: dataset.name,
      sha256: dataset.sha256,
      format: dataset.format,
      rows: dataset.rows,
      rejected: dataset.rejected,
      parentId: dataset.parentId,
      version: dataset.version,
    },
    crossValidation: {
      id: run.id,
      folds: run.folds,
      seed: run.seed,
      configuration: run.configuration,
      backend: run.backend,
      epoch: run.epochVote.epoch,
    },
    pruning: {
      id: pruning.id,
      createdAt: pruning.createdAt,
      parameters: pruning.parameters,
      flagged: pruning.flagged,
    },
    reviews,
  };
}
