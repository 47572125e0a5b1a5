import type { ReviewResult, ReviewUndo } from "@winnow/contracts";
import {
  assertOwned,
  datasetDiff,
  listDatasetDiffRows,
  listReviewQueue,
  listReviews,
  readDataset,
  readReviewReport,
  reviewDataset,
  reviewsRevision,
  type Transaction,
  undoReviews,
} from "@winnow/store";
import type { FastifyRequest } from "fastify";
import { onlyOwner } from "../plugins/access.js";
import type { Deps } from "../routing/deps.js";
import { dryRun } from "../routing/dry-run.js";
import { answerOnce } from "../routing/idempotency.js";
import type { Handlers, RouteRequest } from "../routing/route.js";

/** What people decide about rows, and the queue from which they do. */
export function reviewHandlers({ store }: Deps) {
  async function review(
    tx: Transaction,
    request: RouteRequest<"createReviews">,
    isDryRun: boolean,
  ): Promise<ReviewResult> {
    const { params, body, actor, headers } = request;
    const ownerId = onlyOwner(request);
    if (ownerId !== undefined && body.pruningId) await assertOwned(tx, ownerId, [body.pruningId]);
    const { revision, ...result } = await reviewDataset(tx, params.id, {
      params: body,
      actorId: actor?.keyId ?? null,
      revision: revisionOf(headers["if-match"]),
      dryRun: isDryRun,
    });
    return { ...result, etag: etagOf(revision) };
  }

  /** The dataset with which another one is compared; like that of the path it must be the key's own. */
  async function before(
    request: FastifyRequest<{ Params: { id: string } }>,
    given: string | undefined,
  ): Promise<string> {
    const { id } = request.params;
    const against = given ?? (await readDataset(store, id)).parentId ?? id;
    const ownerId = onlyOwner(request);
    if (ownerId !== undefined) await assertOwned(store, ownerId, [against]);
    return against;
  }

  return {
    async createReviews(request, reply) {
      let result: ReviewResult;
      if (request.query.validateOnly === "true") {
        result = await dryRun(store, (tx) => review(tx, request, true));
      } else {
        const made = await answerOnce(
          store,
          request,
          reply,
          { ...request.params, body: request.body },
          async (tx) => ({ status: 200, body: await review(tx, request, false) }),
          request.params.id,
        );
        result = made.body as ReviewResult;
      }
      reply.header("etag", result.etag);
      return result;
    },

    async undoReviews(request, reply) {
      const { params, body, actor } = request;
      const undone = await answerOnce(
        store,
        request,
        reply,
        { ...params, ...body },
        async (tx) => {
          const actorId = actor?.keyId ?? null;
          const { revision, ...undo } = await undoReviews(tx, params.id, { ...body, actorId });
          return { status: 200, body: { ...undo, etag: etagOf(revision) } };
        },
        params.id,
      );
      const answer = undone.body as ReviewUndo;
      reply.header("etag", answer.etag);
      return answer;
    },

    async listReviews({ params, query }, reply) {
      // Read before the rows: what changes meanwhile makes the ETag old, not new.
      const revision = await reviewsRevision(store, params.id);
      const page = await listReviews(store, params.id, query);
      reply.header("etag", etagOf(revision));
      return page;
    },

    listReviewQueue: ({ params, query }) => listReviewQueue(store, params.id, query),
    async getDatasetDiff(request) {
      const { params, query } = request;
      return datasetDiff(store, params.id, await before(request, query.against));
    },

    async listDatasetDiffRows(request) {
      const { params, query } = request;
      const against = await before(request, query.against);
      return listDatasetDiffRows(store, params.id, { ...query, against });
    },

    getReviewReport: ({ params }) => readReviewReport(store, params.id),
  } satisfies Partial<Handlers>;
}

const etagOf = (revision: number): string => `"reviews-${revision}"`;

/** The revision of an `If-Match`: undefined for `*` or none, -1 for a text that is no ETag of ours. */
function revisionOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "*") return undefined;
  const match = /^"reviews-(\d{1,15})"$/.exec(String(header));
  return match ? Number(match[1]) : -1;
}
