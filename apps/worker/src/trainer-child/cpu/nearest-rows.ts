import { availableParallelism } from "node:os";
import { AppError, type NearRow } from "@winnow/contracts";
import { nearestRows } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import { classNames, type FlagDoubt, findEmbeddings } from "@winnow/store";
import { readRunVectors } from "../inputs/run-vectors.js";
import type { CpuDeps, RunClaim } from "./cpu-deps.js";

/** Rows that are given for each flag. */
const NEAREST = 3;
/** Products that a search may take: some minutes. */
const MOST_PRODUCTS = 2e11;
/** Flags whose vectors are in memory at once. */
const MOST_FLAGS = 10_000;

/**
 * By flagged row: the rows whose vectors are nearest, of all flags or of the worst that a search can
 * afford. Empty where the run has no vectors, or their upload is gone.
 */
export async function nearestOfFlags(
  { crossValidationId, datasetId }: Pick<RunClaim, "crossValidationId" | "datasetId">,
  doubts: readonly FlagDoubt[],
  labels: Int32Array,
  folder: string,
  { store, storageDir }: Pick<CpuDeps, "store" | "storageDir">,
): Promise<ReadonlyMap<number, readonly NearRow[]>> {
  const embeddings = await findEmbeddings(store, crossValidationId);
  if (embeddings === null || doubts.length === 0) return new Map();
  const scratch = new ScratchFile(folder);
  try {
    const rows = { datasetId, n: labels.length };
    const vectors = await readRunVectors(embeddings, rows, { store, storageDir, scratch });
    const affordable = Math.floor(MOST_PRODUCTS / Math.max(1, vectors.n * vectors.d));
    const worst = doubts
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, Math.min(MOST_FLAGS, affordable))
      .map(({ row }) => row);
    const found = await nearestRows(vectors, worst, {
      most: NEAREST,
      threads: availableParallelism(),
    });
    const names = await classNames(store, datasetId);
    return new Map(
      [...found].map(([row, near]) => [
        row,
        near.map(({ row: ordinal, similarity }) => ({
          ordinal,
          label: names[labels[ordinal]!]!,
          similarity,
        })),
      ]),
    );
  } catch (error) {
    if (error instanceof AppError && error.code === "upload-not-found") return new Map();
    throw error;
  } finally {
    scratch.close();
  }
}
