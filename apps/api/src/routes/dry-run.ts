import { type Store, type Transaction, withTransaction } from "@winnow/store";

/** Ends the transaction of a trial; seen by nobody else. */
class TrialOver extends Error {}

/** Does the work in a transaction that is then undone. Throws what the work throws. */
export async function dryRun(
  store: Store,
  work: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  try {
    await withTransaction(store, async (tx) => {
      await work(tx);
      throw new TrialOver();
    });
  } catch (error) {
    if (!(error instanceof TrialOver)) throw error;
  }
}
