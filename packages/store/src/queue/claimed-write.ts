import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { type Claim, StaleClaimError } from "./claim.js";

/**
 * Runs the transaction that writes the results of a task and ends it with `succeedTask`, which
 * checks the claim. A claim that is already lost is found before a row or table is locked. If two
 * writers of one task collide (on equal keys, or on a table that the other dropped), the stale one
 * gets a `StaleClaimError`. `prepare` runs before in transactions of its own: one inside of another takes a
 * second connection, and writers that each hold one wait for the pooler's next for ever.
 */
export async function writeClaimed<T = void>(
  store: Store,
  claim: Claim,
  write: (tx: Transaction, prepared: T) => Promise<void>,
  prepare?: () => Promise<T>,
): Promise<void> {
  if (!(await isHeld(store, claim))) throw new StaleClaimError(claim);
  try {
    const prepared = (await prepare?.()) as T;
    await withTransaction(store, (tx) => write(tx, prepared));
  } catch (error) {
    if (error instanceof StaleClaimError) throw error;
    // If Postgres cannot be asked, the first error says more.
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
