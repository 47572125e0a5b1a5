import type { Store, Transaction } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import { type Claim, StaleClaimError } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";

/** A line that was not kept. */
export interface RejectRow {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  readonly excerpt: string;
}

const REJECT_COLUMNS = ["dataset_id", "line", "reason", "detail", "excerpt"];

/** Adds rejects to the dataset of the claim; returns how many. */
export function copyRejects(
  tx: Transaction,
  claim: Claim,
  batches: Iterable<readonly RejectRow[]>,
): Promise<number> {
  return copyIn(tx, "rejects", REJECT_COLUMNS, batches, (row, reject) =>
    row
      .text(claim.datasetId)
      .int4(reject.line)
      .text(reject.reason)
      .text(reject.detail)
      .text(reject.excerpt),
  );
}

/** Removes what an earlier attempt left. */
export async function clearRejects(tx: Transaction, datasetId: string | null): Promise<void> {
  await tx.query("DELETE FROM rejects WHERE dataset_id = $1", [datasetId]);
}

/**
 * Stores the first rejects of a file that became no dataset, before its task fails. Throws
 * `StaleClaimError` if the claim is lost.
 */
export async function storeFailedRejects(
  store: Store,
  claim: Claim,
  rejects: readonly RejectRow[],
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    const held = await tx.query(
      "SELECT 1 FROM tasks WHERE id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE",
      [claim.taskId, claim.attempt],
    );
    if (!held.rowCount) throw new StaleClaimError(claim);
    await clearRejects(tx, claim.datasetId);
    await copyRejects(tx, claim, [rejects]);
  });
}
