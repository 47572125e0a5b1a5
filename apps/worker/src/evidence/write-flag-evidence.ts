import type { NearRow } from "@winnow/contracts";
import { evidenceOf, type NaiveBayes } from "@winnow/linear";
import {
  type Claim,
  type EvidenceRow,
  type FlagDoubt,
  type Store,
  writeEvidence,
} from "@winnow/store";
import { retryOnOutage } from "../tasks/outages.js";

/** Flags, and what is known of the rows that they are of. */
export interface DoubtedRows {
  readonly doubts: readonly FlagDoubt[];
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  /** The quick model's, (n). */
  readonly folds: Uint8Array;
  /** By row: which rows are nearest by vectors. */
  readonly nearest?: ReadonlyMap<number, readonly NearRow[]>;
}

/**
 * Writes which words and characters speak for each flag's suggestion and for its given label; one fold's
 * weights are in memory at a time. Throws `StaleClaimError` if the claim is lost; then nothing was
 * written.
 */
export async function writeFlagEvidence(
  store: Store,
  claim: Claim,
  model: NaiveBayes,
  rows: DoubtedRows,
  onProgress: (done: number) => void,
): Promise<void> {
  await retryOnOutage(() => writeEvidence(store, claim, evidenceRows(model, rows, onProgress)));
}

async function* evidenceRows(
  model: NaiveBayes,
  { folds, labels, doubts, nearest }: DoubtedRows,
  onProgress: (done: number) => void,
): AsyncGenerator<Iterable<EvidenceRow>> {
  const suggested = new Int32Array(labels.length);
  for (const doubt of doubts) suggested[doubt.row] = doubt.suggested;
  const rows = doubts.map(({ row }) => row);
  let done = 0;
  for await (const found of evidenceOf(model, folds, { rows, given: labels, suggested })) {
    yield found.map(({ row, evidence }) => {
      const near = nearest?.get(row);
      return { row, evidence: near === undefined ? evidence : { ...evidence, nearest: near } };
    });
    done += found.length;
    onProgress(done);
  }
}
