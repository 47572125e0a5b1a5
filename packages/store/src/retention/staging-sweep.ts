import { dropStaging, stagedBytes, stagedRuns } from "../cross-validations/epoch-staging.js";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { isLockTimeout } from "../database/partitions.js";

/** The tables of one run's vote, and their size. */
export interface SweptVote {
  readonly key: number;
  readonly bytes: number;
}

/**
 * Drops the tables of votes that are over: those of ready and deleted runs, and of failed and
 * cancelled runs without a finished fold, at once; those of failed runs with finished folds, which
 * a retry would reuse, `keptMs` after the run's end (null: never). A retry then trains these folds
 * again. Tables in use are left for the next round. With `dryRun` it only counts.
 */
export async function sweepStaging(
  store: Store,
  keptMs: number | null,
  dryRun = false,
): Promise<SweptVote[]> {
  const swept: SweptVote[] = [];
  for (const key of await stagedRuns(poolOf(store))) {
    try {
      const bytes = await withTransaction(store, (tx) => sweepRun(tx, key, keptMs, dryRun));
      if (bytes !== null) swept.push({ key, bytes });
    } catch (error) {
      // A trainer that has lost its claim may still write, or a backup may read.
      if (!isLockTimeout(error)) throw error;
    }
  }
  return swept;
}

async function sweepRun(
  tx: Transaction,
  key: number,
  keptMs: number | null,
  dryRun: boolean,
): Promise<number | null> {
  await tx.query("SET LOCAL lock_timeout = '1s'");
  const { rows } = await tx.query<{ id: string; state: string; kept: boolean }>(
    `SELECT c.id, c.state, EXISTS (SELECT 1 FROM folds f WHERE f.cross_validation_id = c.id
         AND f.finished_at IS NOT NULL)
       AND ($2::float8 IS NULL
         OR coalesce(j.finished_at, now()) > now() - $2 * interval '1 millisecond') AS kept
     FROM cross_validations c JOIN jobs j ON j.id = c.job_id
     WHERE c.key = $1 ${dryRun ? "" : "FOR UPDATE OF j"}`,
    [key, keptMs],
  );
  const run = rows[0];
  if (run && (run.state === "training" || (run.state === "failed" && run.kept))) return null;
  const bytes = await stagedBytes(tx, key);
  if (dryRun) return bytes;
  // A retry that held the lock may have put the run in training; the row above is from before the
  // wait.
  const now = await tx.query<{ state: string }>(
    "SELECT state FROM cross_validations WHERE key = $1",
    [key],
  );
  if (now.rows[0]?.state !== run?.state) return null;
  await dropStaging(tx, key);
  if (run?.state === "failed") {
    await tx.query("UPDATE folds SET finished_at = NULL WHERE cross_validation_id = $1", [run.id]);
  }
  return bytes;
}
