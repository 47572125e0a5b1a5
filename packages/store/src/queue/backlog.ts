import type { JobKind, JobState, TaskKind, TaskState } from "@winnow/contracts";
import { type Store, sql } from "../database/client.js";

/**
 * What has not ended, according to Postgres: the figures for scaling and alerts. Null is what could
 * not be read.
 */
export interface Backlog {
  readonly jobs: readonly { kind: JobKind; state: JobState; count: number }[] | null;
  readonly tasks:
    | readonly {
        kind: TaskKind;
        state: TaskState;
        count: number;
        /** Age of the oldest of them. */
        oldestSeconds: number;
      }[]
    | null;
  /** Entries that are due and not in Redis yet. */
  readonly outbox: { readonly due: number; readonly oldestSeconds: number } | null;
}

/** Counts through indexes: rows of what has ended are not read. Each part is read by itself. */
export async function readBacklog(store: Store): Promise<Backlog> {
  const read = <R extends object>(statement: string): Promise<R[] | null> =>
    sql(store)
      .query<R>(statement)
      .then(
        ({ rows }) => rows,
        () => null,
      );
  const [jobs, tasks, outbox] = await Promise.all([
    read<NonNullable<Backlog["jobs"]>[number]>(
      `SELECT kind, state, count(*)::int AS count FROM jobs
       WHERE state IN ('queued', 'running', 'cancelling') GROUP BY kind, state`,
    ),
    read<NonNullable<Backlog["tasks"]>[number]>(
      `SELECT kind, state, count(*)::int AS count,
         extract(epoch FROM now() - min(created_at))::float8 AS "oldestSeconds"
       FROM tasks WHERE state IN ('queued', 'running') GROUP BY kind, state`,
    ),
    read<NonNullable<Backlog["outbox"]>>(
      `SELECT count(*)::int AS due,
         coalesce(extract(epoch FROM now() - min(available_at)), 0)::float8 AS "oldestSeconds"
       FROM outbox WHERE sent_at IS NULL AND available_at <= now()`,
    ),
  ]);
  return { jobs, tasks, outbox: outbox?.[0] ?? null };
}
