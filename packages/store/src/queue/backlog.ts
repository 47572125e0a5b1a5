import type { JobKind, JobState, TaskKind, TaskState } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";

/** What has not ended, according to Postgres: the figures for scaling and alerts. */
export interface Backlog {
  readonly jobs: readonly { kind: JobKind; state: JobState; count: number }[];
  readonly tasks: readonly {
    kind: TaskKind;
    state: TaskState;
    count: number;
    /** Age of the oldest of them. */
    oldestSeconds: number;
  }[];
  /** Entries that are due and not in Redis yet. */
  readonly outbox: { readonly due: number; readonly oldestSeconds: number };
}

/** Counts through indexes: rows of what has ended are not read. */
export async function readBacklog(db: Database): Promise<Backlog> {
  const jobs = await sql(db).query<Backlog["jobs"][number]>(
    `SELECT kind, state, count(*)::int AS count FROM jobs
     WHERE state IN ('queued', 'running', 'cancelling') GROUP BY kind, state`,
  );
  const tasks = await sql(db).query<Backlog["tasks"][number]>(
    `SELECT kind, state, count(*)::int AS count,
       extract(epoch FROM now() - min(created_at))::float8 AS "oldestSeconds"
     FROM tasks WHERE state IN ('queued', 'running') GROUP BY kind, state`,
  );
  const outbox = await sql(db).query<Backlog["outbox"]>(
    `SELECT count(*)::int AS due,
       coalesce(extract(epoch FROM now() - min(available_at)), 0)::float8 AS "oldestSeconds"
     FROM outbox WHERE sent_at IS NULL AND available_at <= now()`,
  );
  return {
    jobs: jobs.rows,
    tasks: tasks.rows,
    outbox: outbox.rows[0] ?? { due: 0, oldestSeconds: 0 },
  };
}
