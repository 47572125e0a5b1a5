import { type Store, type Transaction, withTransaction } from "@winnow/store";

/** Rolls the transaction back; never leaves this file. */
class Rollback extends Error {}

/** Does the work in a transaction that is rolled back. Returns and throws what the work does. */
export async function dryRun<T>(store: Store, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let result: T | undefined;
  try {
    await withTransaction(store, async (tx) => {
      result = await work(tx);
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
  return result as T;
}
