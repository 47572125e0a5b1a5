import { availableParallelism } from "node:os";
import type { NearRow } from "@winnow/contracts";
import { nearestRows, type TextStore } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import { classNames, type FlagDoubt, findVectorSource } from "@winnow/store";
import { findRunVectors } from "../vectors/open-vectors.js";
import type { CpuDeps, RunClaim } from "./cpu-deps.js";

/** Rows that are given for each flag. */
const NEAREST = 3;
/** Products that a search may take: some minutes. */
const MOST_PRODUCTS = 2e11;
/** Flags whose vectors are in memory at once. */
const MOST_FLAGS = 10_000;

/**
 * By flagged row: the rows whose vectors are nearest, of all flags or of the worst that a search can
 * afford. Empty where the run has no vectors, or their upload or the encoder's vectors are gone.
 */
export async function nearestOfFlags(
  { crossValidationId, datasetId }: Pick<RunClaim, "crossValidationId" | "datasetId">,
  doubts: readonly FlagDoubt[],
  { texts, labels }: { readonly texts: TextStore; readonly labels: Int32Array },
  folder: string,
  deps: CpuDeps,
): Promise<ReadonlyMap<number, readonly NearRow[]>> {
  const { store } = deps;
  const source = await findVectorSource(store, crossValidationId);
  if (source === null || doubts.length === 0) return new Map();
  const scratch = new ScratchFile(folder);
  try {
    const found = await findRunVectors(source, { datasetId, texts }, { ...deps, scratch });
    if (found === null) return new Map();
    const { vectors } = found;
    const affordable = Math.floor(MOST_PRODUCTS / Math.max(1, vectors.n * vectors.d));
    const worst = doubts
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, Math.min(MOST_FLAGS, affordable))
      .map(({ row }) => row);
    const nearest = await nearestRows(vectors, worst, {
      most: NEAREST,
      threads: availableParallelism(),
    });
    const names = await classNames(store, datasetId);
    return new Map(
      [...nearest].map(([row, near]) => [
        row,
        near.map(({ row: ordinal, similarity }) => ({
          ordinal,
          label: names[labels[ordinal]!]!,
          similarity,
        })),
      ]),
    );
  } finally {
    scratch.close();
  }
}
