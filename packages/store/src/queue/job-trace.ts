import { type Database, poolOf, type Store, sql } from "../database/client.js";

/**
 * Names the span that the tasks of a job belong to, unless one is named already; returns the one that
 * counts. Undefined: there is no such job.
 */
export async function traceJob(
  db: Database,
  jobId: string,
  traceParent: string,
): Promise<string | undefined> {
  const { rows } = await sql(db).query<{ trace_parent: string }>(
    `UPDATE jobs SET trace_parent = coalesce(trace_parent, $2) WHERE id = $1
     RETURNING trace_parent`,
    [jobId, traceParent],
  );
  return rows[0]?.trace_parent;
}

/** The spans that the tasks of jobs belong to, by the job; those without a trace are left out. */
export async function readTraceParents(
  store: Store,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await poolOf(store).query<{ id: string; trace_parent: string }>(
    "SELECT id, trace_parent FROM jobs WHERE id = ANY($1) AND trace_parent IS NOT NULL",
    [jobIds],
  );
  return new Map(rows.map((row) => [row.id, row.trace_parent]));
}
