import type { Evidence } from "@winnow/contracts";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { copyIn, copyOut } from "../database/copy-binary.js";
import { partitionOf } from "../database/partitions.js";
import { datasetKeyOf } from "../datasets/datasets.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { finishPruning } from "./write-pruning.js";

/** A flag whose evidence is wanted; class indices. */
export interface FlagDoubt {
  /** The row's ordinal. */
  readonly row: number;
  readonly given: number;
  readonly suggested: number;
  /** From 0, the worst. */
  readonly rank: number;
}

/** All flags of a pruning, in input order, as far as they suggest another class. */
export async function readDoubts(store: Store, pruningId: string): Promise<FlagDoubt[]> {
  const { rows } = await poolOf(store).query<FlagDoubt>(
    `SELECT ordinal AS row, given, suggested, rank FROM flags
     WHERE pruning_key = (SELECT key FROM prunings WHERE id = $1) AND given <> suggested
     ORDER BY ordinal`,
    [pruningId],
  );
  return rows;
}

/** Hands the text of each of these flags to `use`, in input order. */
export async function readDoubtedTexts(
  store: Store,
  { datasetId, pruningId }: { readonly datasetId: string; readonly pruningId: string },
  use: (row: number, text: string) => unknown,
): Promise<void> {
  const datasetKey = await datasetKeyOf(store, datasetId);
  await withTransaction(store, async (tx) => {
    const { key } = await keyOf(tx, pruningId);
    const query = `SELECT f.ordinal, s.text FROM flags f
      JOIN ${partitionOf("samples", datasetKey)} s ON s.dataset_key = ${datasetKey} AND s.ordinal = f.ordinal
      WHERE f.pruning_key = ${key} AND f.given <> f.suggested ORDER BY f.ordinal`;
    const chunks = copyOut(tx, query, 2, ({ view, offsets, lengths }) => {
      const at = offsets[1]!;
      use(view.readInt32BE(offsets[0]!), view.toString("utf8", at, at + lengths[1]!));
    });
    for await (const _ of chunks);
  });
}

/** The evidence of one flag. */
export interface EvidenceRow {
  readonly row: number;
  readonly evidence: Evidence;
}

/**
 * Writes the evidence of a pruning's flags and makes it ready, in one transaction; null: there is
 * none any more. Throws `StaleClaimError`, or what `batches` throws; nothing is written then.
 */
export async function writeEvidence(
  store: Store,
  claim: Claim,
  batches: AsyncIterable<Iterable<EvidenceRow>> | null,
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    const { key } = await keyOf(tx, claim.pruningId!);
    await tx.query("DELETE FROM flag_evidence WHERE pruning_key = $1", [key]);
    if (batches !== null) {
      await copyIn(
        tx,
        "flag_evidence",
        ["pruning_key", "ordinal", "evidence"],
        batches,
        (row, { row: ordinal, evidence }) => row.int4(key).int4(ordinal).jsonb(evidence),
      );
    }
    await succeedTask(tx, claim, {
      result: () => finishPruning(tx, claim, batches === null ? "no-quick-model" : "complete"),
    });
  });
}

async function keyOf(tx: Transaction, pruningId: string): Promise<{ key: number }> {
  const { rows } = await tx.query<{ key: number }>("SELECT key FROM prunings WHERE id = $1", [
    pruningId,
  ]);
  return rows[0]!;
}
