import {
  AppError,
  type JobKind,
  type JobState,
  type Page,
  type WebhookDelivery,
} from "@winnow/contracts";
import { type Database, sql, type Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { resendDelivery } from "../states/delivery-state.js";
import { notFound } from "./endpoints.js";

interface DeliveryRow {
  id: string;
  webhook_id: string;
  job_id: string | null;
  type: WebhookDelivery["type"];
  state: WebhookDelivery["state"];
  attempts: number;
  next_attempt_at: Date | null;
  last_attempt_at: Date | null;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

const COLUMNS = `id, webhook_id, job_id, type, state, attempts, next_attempt_at, last_attempt_at,
  last_status, last_error, created_at, finished_at`;

interface EndedJob {
  id: string;
  kind: JobKind;
  state: JobState;
  error_code: string | null;
  dataset_id: string | null;
  cross_validation_id: string | null;
  pruning_id: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date;
}

/**
 * Writes a delivery for every endpoint that subscribes to the job's end, in the transaction that
 * ends it: no end is missed, and none is announced that was rolled back. Of a job that an experiment
 * queued nobody is told: who asked for the experiment hears of its end.
 */
export async function writeDeliveries(tx: Transaction, jobId: string): Promise<void> {
  // Locked, since deleting an endpoint meanwhile would fail the end of the job.
  const { rows: endpoints } = await tx.query<{ id: string }>(
    `SELECT w.id FROM webhooks w JOIN jobs j ON j.id = $1
     WHERE w.state = 'enabled' AND j.parent_id IS NULL AND 'job.' || j.state = ANY(w.events)
       AND (cardinality(w.kinds) = 0 OR j.kind = ANY(w.kinds))
       AND (NOT w.own_jobs_only OR j.owner_id = w.owner_id)
     FOR KEY SHARE OF w`,
    [jobId],
  );
  if (endpoints.length === 0) return;
  const { rows } = await tx.query<EndedJob>(
    `SELECT id, kind, state, error->>'code' AS error_code, dataset_id, cross_validation_id,
       pruning_id, created_at, started_at, finished_at FROM jobs WHERE id = $1`,
    [jobId],
  );
  const job = rows[0]!;
  const type = `job.${job.state}`;
  const body = JSON.stringify({
    type,
    timestamp: job.finished_at.toISOString(),
    data: summaryOf(job),
  });
  for (const { id } of endpoints) await insertDelivery(tx, { webhookId: id, jobId, type, body });
}

/** Ids, state and links; never a text, a label or an error's detail, which may quote one. */
const summaryOf = (job: EndedJob) => ({
  jobId: job.id,
  kind: job.kind,
  state: job.state,
  errorCode: job.state === "failed" ? job.error_code : null,
  datasetId: job.dataset_id,
  crossValidationId: job.cross_validation_id,
  pruningId: job.pruning_id,
  createdAt: job.created_at.toISOString(),
  startedAt: job.started_at?.toISOString() ?? null,
  finishedAt: job.finished_at.toISOString(),
  links: { job: `/v1/jobs/${job.id}`, events: `/v1/jobs/${job.id}/events` },
});

async function insertDelivery(
  db: Database,
  message: { webhookId: string; jobId: string | null; type: string; body: string },
): Promise<DeliveryRow> {
  const { rows } = await sql(db).query<DeliveryRow>(
    `INSERT INTO webhook_deliveries (id, webhook_id, job_id, type, body)
     VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
    [newId("webhookDelivery"), message.webhookId, message.jobId, message.type, message.body],
  );
  return rows[0]!;
}

/** Queues a message of type `ping`. Throws `webhook-not-found`, `webhook-disabled`. */
export async function pingWebhook(tx: Transaction, webhookId: string): Promise<WebhookDelivery> {
  await holdEnabled(tx, webhookId);
  const body = JSON.stringify({
    type: "ping",
    timestamp: new Date().toISOString(),
    data: { webhookId },
  });
  return viewOf(await insertDelivery(tx, { webhookId, jobId: null, type: "ping", body }));
}

/**
 * Sends a delivery again, now, with all its attempts and under the same id; also one that waits for
 * its next attempt. Throws `webhook-not-found`, `webhook-disabled`, `webhook-delivery-not-found`.
 */
export async function redeliver(
  tx: Transaction,
  webhookId: string,
  id: string,
): Promise<WebhookDelivery> {
  await holdEnabled(tx, webhookId);
  if (!(await resendDelivery(tx, webhookId, id))) {
    throw new AppError("webhook-delivery-not-found", `${webhookId} has no delivery ${id}.`);
  }
  const { rows } = await tx.query<DeliveryRow>(
    `SELECT ${COLUMNS} FROM webhook_deliveries WHERE id = $1`,
    [id],
  );
  return viewOf(rows[0]!);
}

/** An endpoint's deliveries, newest first, one page. Throws `webhook-not-found`. */
export function listDeliveries(
  db: Database,
  webhookId: string,
  page: PageRequest & { readonly state?: string | undefined },
): Promise<Page<WebhookDelivery>> {
  return readPage(page, {
    list: ["deliveries", webhookId, page.state],
    keys: ["string"],
    async read(after, limit) {
      const { rows } = await sql(db).query<DeliveryRow>(
        `SELECT ${COLUMNS} FROM webhook_deliveries
         WHERE webhook_id = $1 AND ($2::text IS NULL OR id < $2) AND ($3::text IS NULL OR state = $3)
         ORDER BY id DESC LIMIT $4`,
        [webhookId, after?.[0] ?? null, page.state ?? null, limit],
      );
      if (rows.length > 0) return rows;
      const known = await sql(db).query("SELECT 1 FROM webhooks WHERE id = $1", [webhookId]);
      if (!known.rowCount) throw notFound(webhookId);
      return rows;
    },
    keysOf: (row) => [row.id],
    view: viewOf,
  });
}

async function holdEnabled(tx: Transaction, id: string): Promise<void> {
  const { rows } = await tx.query<{ state: string }>(
    "SELECT state FROM webhooks WHERE id = $1 FOR SHARE",
    [id],
  );
  if (!rows[0]) throw notFound(id);
  if (rows[0].state !== "enabled") {
    throw new AppError("webhook-disabled", "The webhook is disabled; enable it first.");
  }
}

const viewOf = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  type: row.type,
  jobId: row.job_id,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
  lastStatus: row.last_status,
  lastError: row.last_error,
  createdAt: row.created_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
});
