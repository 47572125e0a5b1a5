import { AppError, type Findings, type Found, type FoundKind, type Page } from "@winnow/contracts";
import { poolOf, type Store, type Transaction } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import { type PageRequest, readPage } from "../database/pages.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { readJob } from "../queue/job-view.js";
import { succeedTask } from "../queue/task-ends.js";

/** All findings of the kinds of which a result lists the first. */
export type AllFound = { readonly [K in FoundKind]: () => Iterable<Found<K>> };

/**
 * Writes what was found and ends the task, in one transaction. Throws `StaleClaimError`; nothing is
 * written then.
 */
export async function writeFindings(
  store: Store,
  claim: Claim,
  found: { readonly steps: number; readonly result: Findings; readonly all: AllFound },
): Promise<void> {
  const { jobId, crossValidationId: runId } = claim;
  const { steps, result, all } = found;
  await writeClaimed(store, claim, async (tx) => {
    for (const kind of ["conflicts", "outliers"] as const) {
      let rank = 0;
      await copyIn(
        tx,
        "findings",
        ["job_id", "kind", "rank", "cross_validation_id", "finding"],
        [all[kind]() as Iterable<unknown>],
        (row, one) => row.text(jobId).text(kind).int4(rank++).text(runId).jsonb(one),
      );
    }
    await succeedTask(tx, claim, { steps, result: async () => ({ ...result }) });
  });
}

/**
 * All findings of a kind, the worst first. Of a job that an earlier version ran those that its result
 * lists, as no others were kept. Throws `job-not-found`, `findings-not-found`, `invalid-cursor`.
 */
export async function listFound<K extends FoundKind>(
  store: Store,
  jobId: string,
  kind: K,
  page: PageRequest,
): Promise<Page<Found<K>>> {
  const listed = (await findingsOf(store, jobId))[kind].found as Found<K>[];
  const { rows } = await poolOf(store).query<{ kept: boolean }>(
    "SELECT EXISTS (SELECT 1 FROM findings WHERE job_id = $1 AND kind = $2) AS kept",
    [jobId, kind],
  );
  const isKept = rows[0]!.kept;
  return readPage(page, {
    list: ["findings", jobId, kind],
    keys: ["int4"],
    read: async (after, limit) => {
      const from = after ? after[0] + 1 : 0;
      if (!isKept) {
        return listed.slice(from, from + limit).map((finding, i) => ({ rank: from + i, finding }));
      }
      const read = await poolOf(store).query<{ rank: number; finding: Found<K> }>(
        `SELECT rank, finding FROM findings
         WHERE job_id = $1 AND kind = $2 AND rank >= $3 ORDER BY rank LIMIT $4`,
        [jobId, kind, from, limit],
      );
      return read.rows;
    },
    keysOf: ({ rank }) => [rank],
    view: ({ finding }) => finding,
  });
}

/** What the job found. Throws `job-not-found`, `findings-not-found`. */
async function findingsOf(store: Store, jobId: string): Promise<Findings> {
  const { job } = await readJob(store, jobId);
  if (job.kind !== "findings") {
    throw new AppError("findings-not-found", `${jobId} is a job of the kind ${job.kind}.`);
  }
  if (job.state !== "succeeded") {
    throw new AppError("findings-not-found", `The job is ${job.state}; it has found nothing yet.`);
  }
  const { rowCount } = await poolOf(store).query("SELECT 1 FROM cross_validations WHERE id = $1", [
    job.crossValidationId,
  ]);
  if (rowCount === 0) {
    const detail = `${job.crossValidationId} was deleted, and what was found in it.`;
    throw new AppError("findings-not-found", detail);
  }
  return job.result as unknown as Findings;
}

/** Takes texts of the rows of these runs out of the results of jobs; the figures stay. */
export async function forgetFoundRows(tx: Transaction, runIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE jobs SET version = version + 1, result =
       jsonb_set(jsonb_set(result, '{conflicts,found}', '[]'), '{outliers,found}', '[]')
     WHERE kind = 'findings' AND result IS NOT NULL AND cross_validation_id = ANY($1)
       AND dataset_id IN (SELECT dataset_id FROM cross_validations WHERE id = ANY($1))`,
    [runIds],
  );
}
