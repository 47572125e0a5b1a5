import pg from "pg";

/** The jobs of an experiment, by kind. */
export interface Ends {
  readonly kind: string;
  readonly jobs: number;
  readonly succeeded: number;
  /** Jobs whose success stands in their events more than once: done twice to the end. */
  readonly twice: number;
  /** Jobs with a task of more than one attempt: taken up again after a kill. */
  readonly again: number;
}

/** What became of the jobs that an experiment queued. */
export async function endsOf(databaseUrl: string, experimentId: string): Promise<Ends[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "bench" });
  await client.connect();
  try {
    const { rows } = await client.query<Ends>(
      `SELECT kind, count(*)::int AS jobs,
         (count(*) FILTER (WHERE state = 'succeeded'))::int AS succeeded,
         (count(*) FILTER (WHERE (SELECT count(*) FROM job_events e WHERE e.job_id = j.id
            AND e.type = 'state' AND e.data->>'state' = 'succeeded') > 1))::int AS twice,
         (count(*) FILTER (WHERE EXISTS (SELECT 1 FROM tasks t WHERE t.job_id = j.id
            AND t.attempt > 1)))::int AS again
       FROM jobs j WHERE parent_id = $1 GROUP BY kind ORDER BY kind`,
      [experimentId],
    );
    return rows;
  } finally {
    await client.end();
  }
}
