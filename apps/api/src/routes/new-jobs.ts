import type { Job, JobEstimate, JobValidation } from "@winnow/contracts";
import {
  chargeJob,
  createDatasetIngest,
  createFoldTraining,
  createProbabilityImport,
  createPruning,
  createRetry,
  outboxNotifier,
  pruningAcceptor,
  readJob,
  type Transaction,
} from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { assertCheckpointAllowed, assertSourceAllowed } from "../access/source-allowed.js";
import { dryRun } from "../estimates/dry-run.js";
import {
  estimateImport,
  estimateIngest,
  estimatePruning,
  estimateTraining,
} from "../estimates/estimate-job.js";
import { auditEntryOf } from "../plugins/audit.js";
import { answerOnce } from "../routing/idempotency.js";
import type { Handlers } from "../routing/route.js";
import type { Deps } from "./deps.js";
import { POLL_SECONDS } from "./jobs.js";

/** Makes the job, which is then the key's own. */
type Create = (tx: Transaction, ownerId: string | undefined) => Promise<string>;

/** POSTs that queue a job: key, job, tasks and outbox rows land in one transaction, or nothing does. */
export function newJobHandlers({ store, config }: Deps) {
  const notifyRelays = outboxNotifier(store);
  const acceptPruning = pruningAcceptor(store, config.maxOpenJobs);

  /** The job is its sender's own, and counts against the quota of the sender's key. */
  const charged =
    ({ actor }: FastifyRequest, create: Create) =>
    async (tx: Transaction): Promise<string> => {
      const ownerId = actor?.keyId ?? undefined;
      const id = await create(tx, ownerId);
      if (ownerId && config.maxOpenJobs !== undefined) {
        await chargeJob(tx, ownerId, config.maxOpenJobs);
      }
      return id;
    };

  /** `what` is the request as its Idempotency-Key knows it. */
  async function accept(
    request: FastifyRequest,
    reply: FastifyReply,
    create: Create,
    what: unknown,
  ): Promise<Job> {
    const { body } = await answerOnce(store, request, reply, what, async (tx) => {
      const { job } = await readJob(tx, await charged(request, create)(tx));
      return { status: 202, body: job };
    });
    return accepted(reply, body as Job);
  }

  function accepted(reply: FastifyReply, job: Job): Job {
    notifyRelays();
    reply.code(202).header("location", job.links.self).header("retry-after", String(POLL_SECONDS));
    return job;
  }

  /** Queues the job, or with `validateOnly` does all but that. */
  async function acceptOrEstimate(
    request: FastifyRequest & { readonly query: { readonly validateOnly: "true" | "false" } },
    reply: FastifyReply,
    create: Create,
    estimate: () => Promise<JobEstimate>,
  ): Promise<Job | JobValidation> {
    if (request.query.validateOnly === "false") {
      return accept(request, reply, create, request.body);
    }
    await dryRun(store, charged(request, create));
    return { valid: true, estimate: await estimate() };
  }

  return {
    // What lies in folders is looked at when the job is made: a replay makes none.
    createDatasetIngest: (request, reply) =>
      acceptOrEstimate(
        request,
        reply,
        async (tx, ownerId) => {
          await assertSourceAllowed(request.body.source, config);
          return createDatasetIngest(tx, request.body, ownerId);
        },
        () => estimateIngest(store, request.body, config.ingestRoot),
      ),
    createFoldTraining: (request, reply) =>
      acceptOrEstimate(
        request,
        reply,
        async (tx, ownerId) => {
          await assertCheckpointAllowed(request.body, config.modelsDir);
          return createFoldTraining(tx, request.body, ownerId);
        },
        () => estimateTraining(store, request.body),
      ),
    createProbabilityImport: (request, reply) =>
      acceptOrEstimate(
        request,
        reply,
        (tx, ownerId) => createProbabilityImport(tx, request.body, ownerId),
        () => estimateImport(store, request.body),
      ),
    async createPruning(request, reply) {
      const { body, headers, query } = request;
      if (query.validateOnly === "false" && headers["idempotency-key"] === undefined) {
        const ownerId = request.actor?.keyId ?? undefined;
        const job = await acceptPruning({ params: body, ownerId, audit: auditEntryOf(request) });
        request.audited = true;
        return accepted(reply, job);
      }
      return acceptOrEstimate(
        request,
        reply,
        (tx, ownerId) => createPruning(tx, body, ownerId),
        () => estimatePruning(store, body),
      );
    },
    // Without a body nothing but the id tells two retries apart.
    retryJob: (request, reply) =>
      accept(
        request,
        reply,
        (tx, ownerId) => createRetry(tx, request.params.id, ownerId),
        request.params,
      ),
  } satisfies Partial<Handlers>;
}
