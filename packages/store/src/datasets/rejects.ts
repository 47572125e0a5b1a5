import {
  ownedRejects,
  REJECT_COLUMNS,
  type RejectRow,
  type RowBlock,
  rejectWriter,
} from "@winnow/copy-rows";
import type { Store, Transaction } from "../database/client.js";
import { copyWritten } from "../database/copy-binary.js";
import { type Claim, StaleClaimError } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";

/** Adds rejects to the dataset of the claim; returns how many. */
export async function copyRejects(
  tx: Transaction,
  claim: Claim,
  blocks: readonly RowBlock[],
): Promise<number> {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  if (rows === 0) return 0;
  await copyWritten(tx, "rejects", REJECT_COLUMNS, ownedBy(claim.datasetId!, blocks));
  return rows;
}

function* ownedBy(datasetId: string, blocks: readonly RowBlock[]): Generator<Buffer> {
  for (const block of blocks) yield ownedRejects(block, datasetId);
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
    await copyRejects(tx, claim, [rejectWriter().blockOf(rejects)]);
  });
}
