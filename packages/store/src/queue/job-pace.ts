import type { EncodedVectors, JobKind, TaskKind } from "@winnow/contracts";
import { poolOf, prismaOf, type Store } from "../database/client.js";

/**
 * Seconds per unit of work in the last `limit` succeeded jobs of a kind; null without any. The unit
 * is a byte of the file for an ingest, otherwise one probability.
 */
export async function secondsPerUnit(
  store: Store,
  kind: JobKind,
  unit: "progress" | "probabilities",
  limit: number,
): Promise<number | null> {
  const prisma = prismaOf(store);
  const jobs = await prisma.job.findMany({
    where: { kind, state: "succeeded", startedAt: { not: null }, finishedAt: { not: null } },
    orderBy: { id: "desc" },
    take: limit,
    select: { startedAt: true, finishedAt: true, progressTotal: true, crossValidationId: true },
  });
  const ids = jobs.flatMap((job) => job.crossValidationId ?? []);
  const runs = await prisma.crossValidation.findMany({
    where: { id: { in: ids } },
    select: { id: true, rows: true, classCount: true },
  });
  const probabilities = new Map(runs.map((run) => [run.id, run.rows * run.classCount]));
  let seconds = 0;
  let units = 0;
  for (const { startedAt, finishedAt, progressTotal, crossValidationId } of jobs) {
    const done = unit === "progress" ? progressTotal : probabilities.get(crossValidationId ?? "");
    if (!done || !startedAt || !finishedAt) continue;
    seconds += (finishedAt.getTime() - startedAt.getTime()) / 1000;
    units += done;
  }
  return units > 0 ? seconds / units : null;
}

/** Seconds per probability of the last `limit` tasks of a kind that ended well; null without any. */
export async function secondsPerProbability(
  store: Store,
  kind: TaskKind,
  limit: number,
): Promise<number | null> {
  const { rows } = await poolOf(store).query<{ pace: number | null }>(
    `SELECT (sum(t.seconds) / nullif(sum(c.rows::float8 * c.class_count), 0))::float8 AS pace
     FROM (SELECT job_id, extract(epoch FROM finished_at - started_at) AS seconds FROM tasks
       WHERE kind = $1 AND state = 'succeeded' ORDER BY finished_at DESC LIMIT $2) t
     JOIN jobs j ON j.id = t.job_id JOIN cross_validations c ON c.id = j.cross_validation_id`,
    [kind, limit],
  );
  return rows[0]?.pace ?? null;
}

/** Seconds of recent tasks of the same encoder, or of the endpoint, a text; null without any. */
export async function secondsPerEncodedText(
  store: Store,
  { encoder, embeddingsEndpoint }: EncodedVectors,
  limit: number,
): Promise<number | null> {
  const { rows } = await poolOf(store).query<{ pace: number | null }>(
    `SELECT (sum(seconds) / nullif(sum(encoded), 0))::float8 AS pace FROM (
       SELECT extract(epoch FROM t.finished_at - t.started_at) AS seconds,
         (t.metrics->>'encoded')::float8 AS encoded
       FROM tasks t JOIN jobs j ON j.id = t.job_id
       WHERE t.kind = 'encode-rows' AND t.state = 'succeeded'
         AND (t.metrics->>'encoded')::float8 > 0
         AND coalesce(j.params->'model'->'encoder', j.params->'model'->'embeddingsEndpoint') = $1::jsonb
       ORDER BY t.finished_at DESC LIMIT $2) recent`,
    [JSON.stringify(encoder ?? embeddingsEndpoint), limit],
  );
  return rows[0]?.pace ?? null;
}
