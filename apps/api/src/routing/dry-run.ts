import { type Store, type Transaction, withTransaction } from "@winnow/store";

/** Rolls the transaction back; never leaves this file. */
class Rollback extends Error {}

/** Does the work in a transaction that is rolled back. Throws what the work throws. */
export async function dryRun(
  store: Store,
  work: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  try {
    await withTransaction(store, async (tx) => {
      await work(tx);
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
}
