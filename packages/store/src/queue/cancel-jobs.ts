import type { CancelFilter, CancelReport } from "@winnow/contracts";
import { poolOf, type Store, type Transaction } from "../database/client.js";
import { requestCancel } from "./task-ends.js";

/** Jobs that one call cancels; `remaining` counts the rest. */
const MOST_AT_ONCE = 1_000;

/**
 * Cancels the queued and running jobs that fit the filter, the oldest first, each in a transaction of
 * its own: a call that breaks off has cancelled some and can be repeated. `also` runs in each
 * transaction. With `dryRun` it only counts; with
 * `ownerId` it leaves the jobs of others alone.
 */
export async function cancelJobs(
  store: Store,
  filter: CancelFilter,
  also: (tx: Transaction, jobId: string) => Promise<void>,
  {
    dryRun = false,
    ownerId,
  }: { readonly dryRun?: boolean; readonly ownerId?: string | undefined } = {},
): Promise<CancelReport> {
  const { rows } = await poolOf(store).query<{ id: string; matched: number }>(
    `SELECT id, count(*) OVER ()::int AS matched FROM jobs
     WHERE state = ANY($1) AND ($2::text IS NULL OR kind = $2)
       AND ($3::text IS NULL OR dataset_id = $3)
       AND ($4::text IS NULL OR cross_validation_id = $4)
       AND ($5::timestamptz IS NULL OR created_at < $5) AND ($6::text IS NULL OR owner_id = $6)
     ORDER BY id LIMIT $7`,
    [
      filter.state === undefined ? ["queued", "running"] : [filter.state],
      filter.kind ?? null,
      filter.datasetId ?? null,
      filter.crossValidationId ?? null,
      filter.createdBefore ?? null,
      ownerId ?? null,
      MOST_AT_ONCE,
    ],
  );
  const matched = rows[0]?.matched ?? 0;
  if (dryRun) return { matched, cancelled: 0, cancelling: 0, ended: 0, remaining: matched };
  const report = {
    matched,
    cancelled: 0,
    cancelling: 0,
    ended: 0,
    remaining: matched - rows.length,
  };
  for (const { id } of rows) {
    // Between the query and the lock a job can end.
    const { state } = await requestCancel(store, id, (tx) => also(tx, id));
    report[state]++;
  }
  return report;
}
