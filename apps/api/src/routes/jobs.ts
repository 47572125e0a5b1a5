import { isTerminal } from "@winnow/contracts";
import {
  cancelJobs,
  listEvents,
  listFound,
  listJobs,
  readJob,
  requestCancel,
  type Transaction,
} from "@winnow/store";
import { sendEvents, wantsEventStream } from "../events/send-events.js";
import { waitForJob } from "../events/wait-for-job.js";
import { onlyOwner, senderOf } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** How long a client should wait before it polls an unfinished job again. */
export const POLL_SECONDS = 1;

/** Past events that a stream reads at a time. */
const EVENTS_PER_READ = 200;

/** Jobs, their events, and their cancellation. */
export function jobHandlers(deps: Deps) {
  const { store, closing, events, heartbeatMs } = deps;
  return {
    listJobs: (request) => listJobs(store, { ...request.query, ownerId: onlyOwner(request) }),

    async getJob(request, reply) {
      const known = versionOf(request.headers["if-none-match"]);
      const { wait } = request.query;
      const release = wait > 0 ? deps.longPolls.of(senderOf(request)).acquire() : () => {};
      const { job, version } = await waitForJob({
        read: () => readJob(store, request.params.id),
        knownVersion: known,
        seconds: wait,
        closing,
        response: reply.raw,
      }).finally(release);
      reply.header("etag", `W/"${version}"`);
      if (!isTerminal(job.state)) reply.header("retry-after", String(POLL_SECONDS));
      return known === version ? reply.code(304).send() : job;
    },

    async listJobEvents(request, reply) {
      const { limit } = request.query;
      // What the client has received takes precedence over the query of its first request.
      const after = (request.headers["last-event-id"] as string | undefined) ?? request.query.after;
      const { job } = await readJob(store, request.params.id);
      const read = (from: string | undefined, rows: number) =>
        listEvents(store, job.id, from, rows);
      reply.header("vary", "accept");
      if (request.method === "HEAD" || !wantsEventStream(request.headers.accept)) {
        return read(after, limit);
      }
      if (isTerminal(job.state) && (await read(after, 1)).data.length === 0) {
        // A 204 tells an EventSource not to reconnect.
        return reply.code(204).send();
      }
      const release = deps.eventStreams.of(senderOf(request)).acquire();
      reply.raw.once("close", release);
      if (reply.raw.destroyed) release();
      return sendEvents(reply, closing, {
        feed: events,
        job,
        after: after ?? "0",
        read: (from) => read(from, EVENTS_PER_READ),
        heartbeatMs,
      });
    },

    listFoundConflicts: ({ params, query }) => listFound(store, params.id, "conflicts", query),
    listFoundOutliers: ({ params, query }) => listFound(store, params.id, "outliers", query),

    async cancelJobs(request) {
      const dryRun = request.query.validateOnly === "true";
      const audit = (tx: Transaction, jobId: string) => auditChange(tx, request, jobId);
      return cancelJobs(store, request.body, audit, {
        dryRun,
        ownerId: onlyOwner(request),
      });
    },

    async cancelJob(request, reply) {
      const { state } = await requestCancel(store, request.params.id, (tx) =>
        auditChange(tx, request, request.params.id),
      );
      const { job } = await readJob(store, request.params.id);
      reply.code(state === "ended" ? 200 : 202);
      if (!isTerminal(job.state)) reply.header("retry-after", String(POLL_SECONDS));
      return job;
    },
  } satisfies Partial<Handlers>;
}

/** The version in one of our ETags; undefined for any other text, which matches nothing. */
const versionOf = (etag: string | undefined): number | undefined => {
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(etag ?? "");
  return match ? Number(match[1]) : undefined;
};
