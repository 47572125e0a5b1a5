import type { Job } from "@winnow/contracts";
import {
  createDatasetIngest,
  createFoldTraining,
  createPruning,
  readJob,
  type Transaction,
} from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Deps } from "../deps.js";
import { answerOnce } from "../idempotency.js";
import type { Handlers } from "../route.js";
import { assertSourceAllowed } from "../source-allowed.js";
import { POLL_SECONDS } from "./jobs.js";

/** POSTs that queue a job: key, job, tasks and outbox rows land in one transaction, or nothing does. */
export function newJobHandlers({ store, config }: Deps) {
  async function accept(
    request: FastifyRequest,
    reply: FastifyReply,
    create: (tx: Transaction) => Promise<string>,
  ): Promise<Job> {
    const { body } = await answerOnce(store, request, reply, request.body, async (tx) => {
      const { job } = await readJob(tx, await create(tx));
      return { status: 202, body: job };
    });
    const job = body as Job;
    reply.header("location", job.links.self).header("retry-after", String(POLL_SECONDS));
    return job;
  }

  return {
    async createDatasetIngest(request, reply) {
      await assertSourceAllowed(request.body.source, config.ingestRoot);
      return accept(request, reply, (tx) => createDatasetIngest(tx, request.body));
    },
    createFoldTraining: (request, reply) =>
      accept(request, reply, (tx) => createFoldTraining(tx, request.body)),
    createPruning: (request, reply) =>
      accept(request, reply, (tx) => createPruning(tx, request.body)),
  } satisfies Partial<Handlers>;
}
