import { randomBytes } from "node:crypto";
import {
  AppError,
  type JobKind,
  type Page,
  type Webhook,
  type WebhookChanges,
  type WebhookEvent,
  type WebhookParams,
} from "@winnow/contracts";
import { lock } from "../database/advisory-locks.js";
import { type Database, sql, type Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { abandonDeliveries } from "../states/delivery-state.js";
import { disableWebhook, enableWebhook } from "../states/webhook-state.js";

/** With more endpoints the end of every job would be a long transaction. */
export const MAX_WEBHOOKS = 100;
const OLD_SECRET_HOURS = 24;
const SECRET_BYTES = 32;

interface WebhookRow {
  id: string;
  url: string;
  events: WebhookEvent[];
  kinds: JobKind[];
  description: string;
  state: Webhook["state"];
  disabled_reason: string | null;
  failing_since: Date | null;
  created_at: Date;
}

/** Without the secrets, so that no reader of a webhook can expose them by mistake. */
const COLUMNS =
  "id, url, events, kinds, description, state, disabled_reason, failing_since, created_at";

/** The key that makes an endpoint, and whether it is told only of jobs of that key. */
export interface WebhookOwner {
  readonly ownerId?: string | null;
  readonly ownJobsOnly?: boolean;
}

/** Makes an endpoint and its secret. Throws `too-many-webhooks`. */
export async function createWebhook(
  tx: Transaction,
  params: WebhookParams,
  { ownerId = null, ownJobsOnly = false }: WebhookOwner = {},
): Promise<Webhook> {
  // One request at a time, or two could both take the last place.
  await lock(tx, "webhooks", "create");
  const { rows } = await tx.query<{ count: number }>("SELECT count(*)::int AS count FROM webhooks");
  if ((rows[0]?.count ?? 0) >= MAX_WEBHOOKS) {
    throw new AppError(
      "too-many-webhooks",
      `There are ${MAX_WEBHOOKS} webhooks; delete one that you no longer need.`,
    );
  }
  const made = await tx.query<WebhookRow>(
    `INSERT INTO webhooks (id, url, events, kinds, description, secret, owner_id, own_jobs_only)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
    [
      newId("webhook"),
      params.url,
      params.events,
      params.kinds,
      params.description,
      newSecret(),
      ownerId,
      ownJobsOnly,
    ],
  );
  return viewOf(made.rows[0]!);
}

/** The secret that signs the endpoint's messages; only for the answers that show it. */
export async function readWebhookSecret(db: Database, id: string): Promise<string> {
  const { rows } = await sql(db).query<{ secret: string }>(
    "SELECT secret FROM webhooks WHERE id = $1",
    [id],
  );
  if (!rows[0]) throw notFound(id);
  return rows[0].secret;
}

/** Endpoints newest first, one page. */
export function listWebhooks(
  db: Database,
  page: PageRequest & { readonly ownerId?: string | undefined },
): Promise<Page<Webhook>> {
  return readPage(page, {
    list: ["webhooks"],
    keys: ["string"],
    async read(after, limit) {
      const { rows } = await sql(db).query<WebhookRow>(
        `SELECT ${COLUMNS} FROM webhooks WHERE ($1::text IS NULL OR id < $1)
           AND ($3::text IS NULL OR owner_id = $3)
         ORDER BY id DESC LIMIT $2`,
        [after?.[0] ?? null, limit, page.ownerId ?? null],
      );
      return rows;
    },
    keysOf: (row) => [row.id],
    view: viewOf,
  });
}

/** Throws `webhook-not-found`. */
export async function readWebhook(db: Database, id: string): Promise<Webhook> {
  const { rows } = await sql(db).query<WebhookRow>(
    `SELECT ${COLUMNS} FROM webhooks WHERE id = $1`,
    [id],
  );
  if (!rows[0]) throw notFound(id);
  return viewOf(rows[0]);
}

/**
 * Changes an endpoint. Enabling one, also one that is enabled, forgets its failures. Disabling one
 * ends its pending deliveries. Throws `webhook-not-found`.
 */
export async function updateWebhook(
  tx: Transaction,
  id: string,
  changes: WebhookChanges,
): Promise<Webhook> {
  if (changes.state === "enabled") await enableWebhook(tx, id);
  if (changes.state === "disabled") {
    await disableWebhook(tx, id, "disabled by request");
    await abandonDeliveries(tx, id);
  }
  const { rows } = await tx.query<WebhookRow>(
    `UPDATE webhooks SET url = coalesce($2, url), events = coalesce($3, events),
       kinds = coalesce($4, kinds), description = coalesce($5, description)
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [
      id,
      changes.url ?? null,
      changes.events ?? null,
      changes.kinds ?? null,
      changes.description ?? null,
    ],
  );
  if (!rows[0]) throw notFound(id);
  return viewOf(rows[0]);
}

/** Throws `webhook-not-found`. */
export async function deleteWebhook(db: Database, id: string): Promise<void> {
  const { rowCount } = await sql(db).query("DELETE FROM webhooks WHERE id = $1", [id]);
  if (!rowCount) throw notFound(id);
}

/** Makes a new secret; the old one also signs for a day. Throws `webhook-not-found`. */
export async function rotateWebhookSecret(db: Database, id: string): Promise<Webhook> {
  const { rows } = await sql(db).query<WebhookRow>(
    `UPDATE webhooks SET old_secret = secret, secret = $2,
       old_secret_until = now() + make_interval(hours => $3)
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, newSecret(), OLD_SECRET_HOURS],
  );
  if (!rows[0]) throw notFound(id);
  return viewOf(rows[0]);
}

export const notFound = (id: string) =>
  new AppError("webhook-not-found", `No webhook has the id ${id}.`);

const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;

function viewOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    kinds: row.kinds,
    description: row.description,
    state: row.state,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
