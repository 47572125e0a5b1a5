import type { ReviewSample } from "@winnow/contracts";
import {
  assertOwned,
  drawReviewSample,
  listReviewSampleRows,
  listReviewSamples,
  readReviewSample,
} from "@winnow/store";
import { onlyOwner } from "../plugins/access.js";
import type { Deps } from "../routing/deps.js";
import { answerOnce } from "../routing/idempotency.js";
import type { Handlers } from "../routing/route.js";

/** Random samples of rows for review, and what their reviews say of all rows. */
export function reviewSampleHandlers({ store }: Deps) {
  return {
    async createReviewSample(request, reply) {
      const { params, body, actor } = request;
      const ownerId = onlyOwner(request);
      const made = await answerOnce(store, request, reply, { ...params, body }, async (tx) => {
        if (ownerId !== undefined) await assertOwned(tx, ownerId, [body.pruningId]);
        const id = await drawReviewSample(tx, params.id, body, actor?.keyId ?? null);
        return { status: 201, body: await readReviewSample(tx, id) };
      });
      return made.body as ReviewSample;
    },
    listReviewSamples: ({ params, query }) => listReviewSamples(store, params.id, query),
    getReviewSample: ({ params }) => readReviewSample(store, params.id),
    listReviewSampleRows: ({ params, query }) => listReviewSampleRows(store, params.id, query),
  } satisfies Partial<Handlers>;
}
