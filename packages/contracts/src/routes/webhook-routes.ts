import { z } from "zod";
import { PageQuery, pageOf } from "../resources/pages.js";
import {
  Webhook,
  WebhookChanges,
  WebhookDelivery,
  WebhookParams,
  WebhookWithSecret,
} from "../resources/webhooks.js";
import { DeliveryState } from "../states/states.js";
import { WebhookDeliveryId, WebhookId } from "../values/ids.js";

const byWebhook = z.object({ id: WebhookId });

export const WEBHOOK_ROUTES = {
  createWebhook: {
    method: "POST",
    path: "/v1/webhooks",
    scope: "admin",
    ofOwner: true,
    idempotencyKey: true,
    summary: "Create a webhook that is called when jobs end; the answer shows its signing secret",
    body: WebhookParams,
    responses: { 201: WebhookWithSecret },
    refusals: ["too-many-webhooks"],
  },
  listWebhooks: {
    method: "GET",
    path: "/v1/webhooks",
    scope: "read",
    ofOwner: true,
    summary: "List webhooks, newest first",
    query: PageQuery,
    responses: { 200: pageOf(Webhook) },
  },
  getWebhook: {
    method: "GET",
    path: "/v1/webhooks/:id",
    scope: "read",
    summary: "Get a webhook",
    params: byWebhook,
    responses: { 200: Webhook },
  },
  updateWebhook: {
    method: "PATCH",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Change, disable or enable a webhook",
    params: byWebhook,
    body: WebhookChanges,
    responses: { 200: Webhook },
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/v1/webhooks/:id",
    scope: "admin",
    summary: "Delete a webhook and its deliveries",
    params: byWebhook,
    responses: { 204: z.null() },
  },
  rotateWebhookSecret: {
    method: "POST",
    path: "/v1/webhooks/:id/rotate-secret",
    scope: "admin",
    idempotencyKey: true,
    summary: "Create a new secret; the old one also signs for 24 hours",
    params: byWebhook,
    responses: { 200: WebhookWithSecret },
  },
  pingWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/ping",
    scope: "admin",
    idempotencyKey: true,
    summary: "Send a message of type ping to test the receiver",
    params: byWebhook,
    responses: { 202: WebhookDelivery },
    refusals: ["webhook-disabled"],
  },
  listWebhookDeliveries: {
    method: "GET",
    path: "/v1/webhooks/:id/deliveries",
    scope: "read",
    summary: "List a webhook's deliveries, newest first",
    params: byWebhook,
    query: PageQuery.extend({ state: DeliveryState.optional() }),
    responses: { 200: pageOf(WebhookDelivery) },
  },
  redeliverWebhook: {
    method: "POST",
    path: "/v1/webhooks/:id/deliveries/:deliveryId/redeliver",
    scope: "admin",
    idempotencyKey: true,
    summary: "Send a delivery again with the same webhook-id",
    params: byWebhook.extend({ deliveryId: WebhookDeliveryId }),
    responses: { 202: WebhookDelivery },
    refusals: ["webhook-disabled"],
  },
} as const;
