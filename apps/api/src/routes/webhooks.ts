import type { Webhook } from "@winnow/contracts";
import {
  createWebhook,
  deleteWebhook,
  listDeliveries,
  listWebhooks,
  pingWebhook,
  readWebhook,
  readWebhookSecret,
  redeliver,
  rotateWebhookSecret,
  updateWebhook,
  withTransaction,
} from "@winnow/store";
import type { Deps } from "../deps.js";
import { answerOnce } from "../idempotency.js";
import type { Handlers } from "../route.js";

/** Endpoints that hear of jobs' ends. What is sent to them, the worker sends. */
export function webhookHandlers({ store }: Deps) {
  return {
    async createWebhook(request, reply) {
      // The secret stays out of the kept answer: it stands in one table only.
      const { body } = await answerOnce(store, request, reply, request.body, async (tx) => ({
        status: 201,
        body: await createWebhook(tx, request.body),
      }));
      const webhook = body as Webhook;
      reply.header("location", `/v1/webhooks/${webhook.id}`).header("cache-control", "no-store");
      return { ...webhook, secret: await readWebhookSecret(store.pool, webhook.id) };
    },
    listWebhooks: ({ query }) => listWebhooks(store.pool, query),
    getWebhook: ({ params }) => readWebhook(store.pool, params.id),
    updateWebhook: ({ params, body }) =>
      withTransaction(store, (tx) => updateWebhook(tx, params.id, body)),
    async deleteWebhook({ params }, reply) {
      await deleteWebhook(store.pool, params.id);
      return reply.code(204).send();
    },
    rotateWebhookSecret({ params }, reply) {
      reply.header("cache-control", "no-store");
      return rotateWebhookSecret(store.pool, params.id);
    },
    async pingWebhook({ params }, reply) {
      reply.code(202);
      return withTransaction(store, (tx) => pingWebhook(tx, params.id));
    },
    listWebhookDeliveries: ({ params, query }) => listDeliveries(store.pool, params.id, query),
    async redeliverWebhook({ params }, reply) {
      reply.code(202);
      return withTransaction(store, (tx) => redeliver(tx, params.id, params.deliveryId));
    },
  } satisfies Partial<Handlers>;
}
