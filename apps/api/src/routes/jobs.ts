import { isTerminal } from "@winnow/contracts";
import { listEvents, listJobs, readJob, requestCancel } from "@winnow/store";
import { sendEvents, wantsEventStream } from "../events/send-events.js";
import { waitForJob } from "../events/wait-for-job.js";
import { auditChange } from "../plugins/audit.js";
import type { Handlers } from "../routing/route.js";
import type { Deps } from "./deps.js";

/** How long a client should wait before it asks again for a job that is under way. */
export const POLL_SECONDS = 1;

/** Events that a stream reads from the past at a time. */
const eventsPerRead = 200;

/** What became of a job. */
export function jobHandlers({ store, closing, events, heartbeatMs }: Deps) {
  return {
    listJobs: (request) => listJobs(store, request.query),

    async getJob(request, reply) {
      const known = versionOf(request.headers["if-none-match"]);
      const { job, version } = await waitForJob({
        read: () => readJob(store, request.params.id),
        knownVersion: known,
        seconds: request.query.wait,
        closing,
        response: reply.raw,
      });
      reply.header("etag", `W/"${version}"`).header("cache-control", "no-cache");
      if (!isTerminal(job.state)) reply.header("retry-after", String(POLL_SECONDS));
      return known === version ? reply.code(304).send() : job;
    },

    async listJobEvents(request, reply) {
      const { limit } = request.query;
      // What a client has seen counts more than where it was told to begin.
      const after = (request.headers["last-event-id"] as string | undefined) ?? request.query.after;
      const { job } = await readJob(store, request.params.id);
      const read = (from: string | undefined, rows: number) =>
        listEvents(store, job.id, from, rows);
      reply.header("vary", "accept");
      if (request.method === "HEAD" || !wantsEventStream(request.headers.accept)) {
        return read(after, limit);
      }
      if (isTerminal(job.state) && (await read(after, 1)).data.length === 0) {
        // To an EventSource this says: do not connect again.
        return reply.code(204).send();
      }
      return sendEvents(reply, closing, {
        feed: events,
        job,
        after: after ?? "0",
        read: (from) => read(from, eventsPerRead),
        heartbeatMs,
      });
    },

    async cancelJob(request, reply) {
      const { ended } = await requestCancel(store, request.params.id, (tx) =>
        auditChange(tx, request, request.params.id),
      );
      const { job } = await readJob(store, request.params.id);
      reply.code(ended ? 200 : 202);
      if (!isTerminal(job.state)) reply.header("retry-after", String(POLL_SECONDS));
      return job;
    },
  } satisfies Partial<Handlers>;
}

/** The version in an ETag of ours; undefined for anything else, which then matches nothing. */
const versionOf = (etag: string | undefined): number | undefined => {
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(etag ?? "");
  return match ? Number(match[1]) : undefined;
};
