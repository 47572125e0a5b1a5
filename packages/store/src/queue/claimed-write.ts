import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { type Claim, StaleClaimError } from "./claim.js";

/**
 * Runs the transaction that writes what a task makes and ends it with `succeedTask`, which decides
 * by the claim. A claim that is lost already is told before a row is touched or a table locked, and
 * whatever two writers of one task run into (the same keys, a table that the other dropped) is for
 * the stale one a `StaleClaimError`.
 */
export async function writeClaimed(
  store: Store,
  claim: Claim,
  write: (tx: Transaction) => Promise<void>,
): Promise<void> {
  if (!(await isHeld(store, claim))) throw new StaleClaimError(claim);
  try {
    await withTransaction(store, write);
  } catch (error) {
    if (error instanceof StaleClaimError) throw error;
    // Where Postgres cannot be asked, the first error says more.
    const held = await isHeld(store, claim).catch(() => true);
    throw held ? error : new StaleClaimError(claim, { cause: error });
  }
}

async function isHeld(store: Store, { taskId, attempt }: Claim): Promise<boolean> {
  const { rowCount } = await poolOf(store).query(
    "SELECT 1 FROM tasks WHERE id = $1 AND attempt = $2 AND state = 'running'",
    [taskId, attempt],
  );
  return rowCount === 1;
}
