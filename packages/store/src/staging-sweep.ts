import { type Store, withTransaction } from "./client.js";
import { dropStaging, stagedRuns } from "./epoch-staging.js";

/**
 * Drops what votes have left behind: of runs that are ready or deleted, of failed and cancelled
 * runs without a finished fold at once, and with finished ones, which a retry would take over,
 * `keptMs` after their end; a retry then trains these folds anew. Returns the keys of the runs.
 */
export async function sweepStaging(store: Store, keptMs: number): Promise<number[]> {
  const swept: number[] = [];
  for (const key of await stagedRuns(store.pool)) {
    const done = await withTransaction(store, async (tx) => {
      // A trainer that has lost its claim may still write; it ends soon, and the next round comes.
      await tx.query("SET LOCAL lock_timeout = '1s'");
      const { rows } = await tx.query<{ id: string; state: string; kept: boolean }>(
        `SELECT c.id, c.state, EXISTS (SELECT 1 FROM folds f WHERE f.cross_validation_id = c.id
             AND f.finished_at IS NOT NULL)
           AND coalesce(j.finished_at, now()) > now() - $2 * interval '1 millisecond' AS kept
         FROM cross_validations c JOIN jobs j ON j.id = c.job_id
         WHERE c.key = $1 FOR UPDATE OF j`,
        [key, keptMs],
      );
      const run = rows[0];
      if (run && (run.state === "training" || (run.state === "failed" && run.kept))) return false;
      await dropStaging(tx, key);
      if (run?.state === "failed") {
        await tx.query("UPDATE folds SET finished_at = NULL WHERE cross_validation_id = $1", [
          run.id,
        ]);
      }
      return true;
    });
    if (done) swept.push(key);
  }
  return swept;
}
