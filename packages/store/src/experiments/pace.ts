import { poolOf, type Store } from "../database/client.js";

/**
 * Seconds that one run took for each of its rows, in the last experiments with this model; null
 * without any. What a run had made is deleted, so the pace of trainings does not have it.
 */
export async function secondsPerExperimentRow(
  store: Store,
  model: unknown,
  limit: number,
): Promise<number | null> {
  const { rows } = await poolOf(store).query<{ pace: number | null }>(
    `SELECT (sum(seconds) / nullif(sum(rows), 0))::float8 AS pace FROM (
       SELECT extract(epoch FROM j.finished_at - j.started_at) AS seconds,
         (SELECT sum((figures->0->>'rows')::float8) FROM experiment_cells c WHERE c.job_id = j.id)
           AS rows
       FROM jobs j WHERE j.state = 'succeeded' AND j.params->'model' = $1::jsonb
         AND EXISTS (SELECT 1 FROM experiment_cells c WHERE c.job_id = j.id)
       ORDER BY j.id DESC LIMIT $2) past`,
    [JSON.stringify(model), limit],
  );
  return rows[0]?.pace ?? null;
}
