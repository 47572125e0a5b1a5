import type { JobEvent, Page } from "@winnow/contracts";
import type { Queryable } from "../database/client.js";

type EventType = JobEvent["type"];

/** Appends to a job's events; ids are monotonic in commit order per job, as writers lock the job. */
export async function appendEvent(
  db: Queryable,
  jobId: string,
  type: EventType,
  data: Record<string, unknown>,
): Promise<void> {
  await db.query(
    "INSERT INTO job_events (job_id, type, data, created_at) VALUES ($1, $2, $3, clock_timestamp())",
    [jobId, type, JSON.stringify(data)],
  );
}

/** The job's events with ids above `after`, oldest first; `nextCursor` is the next `after`. */
export async function listEvents(
  db: Queryable,
  jobId: string,
  after: string | undefined,
  limit: number,
): Promise<Page<JobEvent>> {
  const { rows } = await db.query<{
    id: string;
    type: EventType;
    data: Record<string, unknown>;
    created_at: Date;
  }>(
    `SELECT id::text, type, data, created_at FROM job_events
     WHERE job_id = $1 AND id > $2 ORDER BY job_events.id LIMIT $3`,
    [jobId, after ?? "0", limit + 1],
  );
  const data = rows.slice(0, limit).map((row) => ({
    id: row.id,
    type: row.type,
    data: row.data,
    createdAt: row.created_at.toISOString(),
  }));
  const hasMore = rows.length > limit;
  // The last id stays useful at the end of the list: the caller polls on from it.
  return { data, hasMore, nextCursor: data.at(-1)?.id ?? after ?? null };
}
