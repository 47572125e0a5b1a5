import { type DueEntry, readTraceParents, type Store } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";

/** Adds to the traces of jobs how long their tasks waited in the outbox until they reached their queues. */
export async function traceRelayed(
  tracing: Tracing,
  store: Store,
  entries: readonly DueEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const sentAt = Date.now();
  const jobs = new Set(entries.map(({ payload }) => payload.jobId));
  const parents = await readTraceParents(store, [...jobs]);
  for (const { queue, payload, dueAt } of entries) {
    const parent = parents.get(payload.jobId);
    if (parent === undefined) continue;
    tracing
      .start(`outbox ${queue}`, parent, {
        kind: "producer",
        // The clock of Postgres may be ahead of ours.
        startedAt: Math.min(dueAt.getTime(), sentAt),
        attributes: {
          "winnow.job.id": payload.jobId,
          "winnow.task.id": payload.taskId,
          "winnow.delivery": payload.delivery,
          "messaging.system": "bullmq",
          "messaging.destination.name": queue,
          "messaging.operation.type": "send",
        },
      })
      .end(sentAt);
  }
}
