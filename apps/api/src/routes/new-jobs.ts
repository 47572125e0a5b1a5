import {
  describeJob,
  JOB_KINDS,
  type Job,
  type JobAliasName,
  type JobKind,
  type JobParams,
  type JobRouteName,
  type JobValidation,
  jobRouteName,
} from "@winnow/contracts";
import {
  assertOwned,
  CREATORS,
  chargeJob,
  createRetry,
  inputIdsOf,
  outboxNotifier,
  readJob,
  type Transaction,
  traceJob,
} from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { JOB_POSTS } from "../job-kinds/table.js";
import { onlyOwner } from "../plugins/access.js";
import { auditEntryOf } from "../plugins/audit.js";
import { traceQueued } from "../plugins/tracing.js";
import type { Deps } from "../routing/deps.js";
import { dryRun } from "../routing/dry-run.js";
import { answerOnce } from "../routing/idempotency.js";
import type { Handlers } from "../routing/route.js";
import { POLL_SECONDS } from "./jobs.js";

/** Creates the job, which belongs to the key. Returns its id. */
type Create = (tx: Transaction, ownerId: string | undefined) => Promise<string>;

type NewJobRequest<K extends JobKind> = FastifyRequest & {
  readonly body: JobParams<K>;
  readonly query: { readonly validateOnly: "true" | "false" };
};

/** POSTs that queue a job: one transaction writes key, job, tasks and outbox rows, or nothing. */
export function newJobHandlers({ store, config }: Deps) {
  const notifyRelays = outboxNotifier(store);

  /** The job belongs to the sender's key, counts against its quota, and is of the request's trace. */
  const charged =
    ({ actor, span }: FastifyRequest, create: Create) =>
    async (tx: Transaction): Promise<string> => {
      const ownerId = actor?.keyId ?? undefined;
      const id = await create(tx, ownerId);
      if (ownerId && config.maxOpenJobs !== undefined) {
        await chargeJob(tx, ownerId, config.maxOpenJobs);
      }
      if (span !== null) await traceJob(tx, id, span.traceParent);
      return id;
    };

  /** What a key reads that sees only its own must be its own. */
  async function assertOwnInputs(request: FastifyRequest, kind: JobKind, params: unknown) {
    const ownerId = onlyOwner(request);
    if (ownerId !== undefined) await assertOwned(store, ownerId, inputIdsOf(kind, params));
  }

  /** `what` must be the same in a repeated request with the same Idempotency-Key. */
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
    traceQueued(reply.request.span, job);
    reply.code(202).header("location", job.links.self).header("retry-after", String(POLL_SECONDS));
    return job;
  }

  /** Queues a job of the kind, or with `validateOnly` only checks and estimates it. */
  function postOf<K extends JobKind>(kind: K) {
    const { assertAllowed, assertRoom, estimate, acceptor } = JOB_POSTS[kind];
    const acceptAlone = acceptor?.(store, config.maxOpenJobs);
    return async (request: NewJobRequest<K>, reply: FastifyReply): Promise<Job | JobValidation> => {
      const { body: params, headers, query } = request;
      const create: Create = async (tx, ownerId) => {
        // Checked only if a job is created: a replay creates none.
        await assertOwnInputs(request, kind, params);
        await assertAllowed?.(params, config);
        if (ownerId) await assertRoom?.(tx, ownerId, config);
        return CREATORS[kind](tx, params, ownerId);
      };
      if (query.validateOnly === "true") {
        await dryRun(store, charged(request, create));
        return { valid: true, estimate: await estimate(params, store, config) };
      }
      if (!acceptAlone || headers["idempotency-key"] !== undefined) {
        return accept(request, reply, create, params);
      }
      await assertOwnInputs(request, kind, params);
      await assertAllowed?.(params, config);
      const ownerId = request.actor?.keyId ?? undefined;
      const traceParent = request.span?.traceParent;
      const audit = auditEntryOf(request);
      const job = await acceptAlone({ params, ownerId, traceParent, audit });
      request.audited = true;
      return accepted(reply, job);
    };
  }

  const posts = Object.fromEntries(
    JOB_KINDS.flatMap((kind) => {
      const { alias } = describeJob(kind);
      const names = [jobRouteName(kind), ...(alias ? [alias.route] : [])];
      return names.map((name) => [name, postOf(kind)]);
    }),
  );
  return {
    ...(posts as unknown as Pick<Handlers, JobRouteName | JobAliasName>),
    // A retry has no body: its id is what must be the same.
    retryJob: (request, reply) =>
      accept(
        request,
        reply,
        (tx, ownerId) => createRetry(tx, request.params.id, ownerId),
        request.params,
      ),
  } satisfies Partial<Handlers>;
}
