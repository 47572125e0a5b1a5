import { z } from "zod";
import { JOB_KINDS, JobKind } from "../jobs/kinds.js";
import { DeliveryState, WebhookState } from "../states/states.js";
import { nonEmpty, text, unique } from "../values/constraints.js";
import { JobId, WebhookDeliveryId, WebhookId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";

/** What an endpoint can be notified of: how a job ended. */
export const WEBHOOK_EVENTS = ["job.succeeded", "job.failed", "job.cancelled"] as const;
export const WebhookEvent = z.enum(WEBHOOK_EVENTS).meta({ id: "WebhookEvent" });
export type WebhookEvent = z.infer<typeof WebhookEvent>;

const Url = z
  .url({ protocol: /^https$/ })
  .max(2048)
  .refine((text) => {
    if (!URL.canParse(text)) return true; // reported already
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "must not contain a user name or password")
  .meta({ description: "https; public addresses only, unless the operator allows others" });

const Events = unique(WebhookEvent, "must name each event once").min(1).max(WEBHOOK_EVENTS.length);

const Kinds = unique(JobKind, "must name each kind once")
  .max(JOB_KINDS.length)
  .meta({ description: "Only jobs of these kinds; empty: all kinds" });

const Description = text().max(500);

export const WebhookParams = z
  .strictObject({
    url: Url,
    events: Events.default([...WEBHOOK_EVENTS]),
    kinds: Kinds.default([]),
    description: Description.default(""),
  })
  .meta({ id: "WebhookParams" });
export type WebhookParams = z.infer<typeof WebhookParams>;

export const WebhookChanges = nonEmpty(
  z.strictObject({
    url: Url.optional(),
    events: Events.optional(),
    kinds: Kinds.optional(),
    description: Description.optional(),
    state: WebhookState.optional(),
  }),
  "must change something",
).meta({ id: "WebhookChanges" });
export type WebhookChanges = z.infer<typeof WebhookChanges>;

export const Webhook = z
  .object({
    id: WebhookId,
    url: z.string().nullable().meta({ description: "null for keys without the scope admin" }),
    events: z.array(WebhookEvent),
    kinds: z.array(JobKind),
    description: z.string(),
    state: WebhookState,
    disabledReason: z.string().nullable(),
    failingSince: Time.nullable().meta({ description: "No delivery has succeeded since then" }),
    createdAt: Time,
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof Webhook>;

/** The only answers that show a secret: those to creating an endpoint and to rotating its secret. */
export const WebhookWithSecret = Webhook.extend({
  secret: z.string().meta({ description: "whsec_...; shown only in this answer" }),
}).meta({ id: "WebhookWithSecret" });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const WebhookDelivery = z
  .object({
    id: WebhookDeliveryId.meta({ description: "The header webhook-id, the same in every attempt" }),
    webhookId: WebhookId,
    type: z.enum([...WEBHOOK_EVENTS, "ping"]).meta({ id: "WebhookMessageType" }),
    jobId: JobId.nullable(),
    state: DeliveryState,
    attempts: Count,
    nextAttemptAt: Time.nullable(),
    lastAttemptAt: Time.nullable(),
    lastStatus: z.int().nullable().meta({ description: "The HTTP status of the last answer" }),
    lastError: z.string().nullable().meta({ description: "null for keys without the scope admin" }),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "WebhookDelivery" });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
