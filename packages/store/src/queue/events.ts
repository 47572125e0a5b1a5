import type { JobEvent, Page } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";
import { readUpTo } from "../database/pages.js";

type EventType = JobEvent["type"];

/** Appends to a job's events. Writers lock the job, so ids rise in the order of commits. */
export async function appendEvent(
  db: Database,
  jobId: string,
  type: EventType,
  data: Record<string, unknown>,
): Promise<void> {
  await sql(db).query(
    "INSERT INTO job_events (job_id, type, data, created_at) VALUES ($1, $2, $3, clock_timestamp())",
    [jobId, type, JSON.stringify(data)],
  );
}

interface EventRow {
  id: string;
  job_id: string;
  type: EventType;
  data: Record<string, unknown>;
  created_at: Date;
}

const eventOf = ({ id, type, data, created_at }: EventRow): JobEvent => ({
  id,
  type,
  data,
  createdAt: created_at.toISOString(),
});

/** The job's events with ids above `after`, oldest first; `nextCursor` is the next `after`. */
export async function listEvents(
  db: Database,
  jobId: string,
  after: string | undefined,
  limit: number,
): Promise<Page<JobEvent>> {
  const { data, hasMore } = await readUpTo(limit, {
    async read(last: EventRow | null, most) {
      const { rows } = await sql(db).query<EventRow>(
        `SELECT id::text, job_id, type, data, created_at FROM job_events
         WHERE job_id = $1 AND id > $2 ORDER BY job_events.id LIMIT $3`,
        [jobId, last?.id ?? after ?? "0", most],
      );
      return rows;
    },
    view: eventOf,
  });
  // The last id is also set at the end of the list: the caller polls from it.
  return { data, hasMore, nextCursor: data.at(-1)?.id ?? after ?? null };
}

/**
 * The events of several jobs with ids above each one's `after`, oldest first, at most `rowsPerJob` of
 * a job. However many the jobs are, it is one statement. A job without new events has no entry.
 */
export async function readNewEvents(
  db: Database,
  jobs: readonly { readonly jobId: string; readonly after: string }[],
  rowsPerJob: number,
): Promise<Map<string, JobEvent[]>> {
  const { rows } = await sql(db).query<EventRow>(
    `SELECT e.id::text, e.job_id, e.type, e.data, e.created_at
     FROM unnest($1::text[], $2::bigint[]) AS w (job_id, after)
     CROSS JOIN LATERAL (SELECT * FROM job_events WHERE job_id = w.job_id AND id > w.after
       ORDER BY id LIMIT $3) e
     ORDER BY e.id`,
    [jobs.map(({ jobId }) => jobId), jobs.map(({ after }) => after), rowsPerJob],
  );
  const byJob = new Map<string, JobEvent[]>();
  for (const row of rows) {
    const events = byJob.get(row.job_id);
    if (events) events.push(eventOf(row));
    else byJob.set(row.job_id, [eventOf(row)]);
  }
  return byJob;
}
