import { isTerminal } from "@winnow/contracts";
import { listEvents, listJobs, readJob, requestCancel } from "@winnow/store";
import type { Deps } from "../deps.js";
import type { Handlers } from "../route.js";
import { waitForJob } from "../wait-for-job.js";

/** How long a client should wait before it asks again for a job that is under way. */
export const POLL_SECONDS = 1;

/** What became of a job. */
export function jobHandlers({ store, closing }: Deps) {
  return {
    listJobs: (request) => listJobs(store.pool, request.query),

    async getJob(request, reply) {
      const known = versionOf(request.headers["if-none-match"]);
      const { job, version } = await waitForJob({
        read: () => readJob(store.pool, request.params.id),
        knownVersion: known,
        seconds: request.query.wait,
        closing,
        response: reply.raw,
      });
      reply.header("etag", `W/"${version}"`).header("cache-control", "no-cache");
      if (!isTerminal(job.state)) reply.header("retry-after", String(POLL_SECONDS));
      return known === version ? reply.code(304).send() : job;
    },

    async listJobEvents(request) {
      const { after, limit } = request.query;
      await readJob(store.pool, request.params.id);
      return listEvents(store.pool, request.params.id, after, limit);
    },

    async cancelJob(request, reply) {
      const { ended } = await requestCancel(store, request.params.id);
      const { job } = await readJob(store.pool, request.params.id);
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
