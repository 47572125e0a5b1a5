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
  type Transaction,
  updateWebhook,
  withTransaction,
} from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { onlyOwner } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import { answerOnce } from "../routing/idempotency.js";
import type { Handlers } from "../routing/route.js";

const isAdmin = ({ actor }: FastifyRequest): boolean => actor?.scope === "admin";

/** A URL may hold a secret of its endpoint, as those of chats do: only admins see it. */
const shownTo = (request: FastifyRequest, webhook: Webhook): Webhook =>
  isAdmin(request) ? webhook : { ...webhook, url: null };

/** Endpoints that are notified when jobs end. The worker sends the notifications. */
export function webhookHandlers({ store }: Deps) {
  /** Does the work and notes it in the audit, in one transaction. */
  const changed = <T>(
    request: FastifyRequest<{ Params: { id: string } }>,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> =>
    withTransaction(store, async (tx) => {
      const result = await work(tx);
      await auditChange(tx, request, request.params.id);
      return result;
    });

  /** The same for what an Idempotency-Key does once. */
  const once = async <T>(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    status: number,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> => {
    const { params } = request;
    const doing = async (tx: Transaction) => ({ status, body: await work(tx) });
    return (await answerOnce(store, request, reply, params, doing, params.id)).body as T;
  };

  return {
    async createWebhook(request, reply) {
      // The secret stays out of the kept answer: it stands in one table only.
      const { body } = await answerOnce(store, request, reply, request.body, async (tx) => ({
        status: 201,
        body: await createWebhook(tx, request.body, {
          ownerId: request.actor?.keyId ?? null,
          ownJobsOnly: onlyOwner(request) !== undefined,
        }),
      }));
      const webhook = body as Webhook;
      reply.header("location", `/v1/webhooks/${webhook.id}`);
      return { ...webhook, secret: await readWebhookSecret(store, webhook.id) };
    },
    async listWebhooks(request) {
      const { data, ...page } = await listWebhooks(store, {
        ...request.query,
        ownerId: onlyOwner(request),
      });
      return { ...page, data: data.map((webhook) => shownTo(request, webhook)) };
    },
    getWebhook: async (request) => shownTo(request, await readWebhook(store, request.params.id)),
    updateWebhook: (request) =>
      changed(request, (tx) => updateWebhook(tx, request.params.id, request.body)),
    async deleteWebhook(request, reply) {
      await changed(request, (tx) => deleteWebhook(tx, request.params.id));
      return reply.code(204).send();
    },
    async rotateWebhookSecret(request, reply) {
      reply;
      const webhook = await once(request, reply, 200, (tx) =>
        rotateWebhookSecret(tx, request.params.id),
      );
      return { ...webhook, secret: await readWebhookSecret(store, webhook.id) };
    },
    pingWebhook: (request, reply) =>
      once(request, reply, 202, (tx) => pingWebhook(tx, request.params.id)),
    async listWebhookDeliveries(request) {
      const { data, ...page } = await listDeliveries(store, request.params.id, request.query);
      if (isAdmin(request)) return { ...page, data };
      // An error of the connection names the endpoint's host.
      return { ...page, data: data.map((delivery) => ({ ...delivery, lastError: null })) };
    },
    redeliverWebhook: (request, reply) =>
      once(request, reply, 202, (tx) =>
        redeliver(tx, request.params.id, request.params.deliveryId),
      ),
  } satisfies Partial<Handlers>;
}
