import type { RetentionAges } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import type { Freed } from "./freed.js";

/** A table whose rows have an age. `old` selects ctid and size of those older than $1 ms. */
interface AgedRows {
  readonly kind: keyof RetentionAges;
  readonly what: string;
  readonly table: string;
  readonly old: string;
}

const ENDED = "('succeeded', 'failed', 'cancelled')";
const BEFORE = "now() - $1 * interval '1 millisecond'";

const AGED: readonly AgedRows[] = [
  {
    kind: "events",
    what: "events of ended jobs",
    table: "job_events",
    old: `SELECT r.ctid, r FROM jobs j JOIN job_events r ON r.job_id = j.id
      WHERE j.state IN ${ENDED} AND j.finished_at < ${BEFORE}`,
  },
  {
    kind: "idempotencyKeys",
    what: "idempotency keys",
    table: "idempotency_keys",
    old: `SELECT r.ctid, r FROM idempotency_keys r WHERE r.created_at < ${BEFORE}`,
  },
  {
    // The entry of a task that waits or runs is what the reconciler looks for in Redis: it stays.
    kind: "outbox",
    what: "sent outbox rows",
    table: "outbox",
    old: `SELECT r.ctid, r FROM outbox r JOIN tasks t ON t.id = r.task_id
      WHERE r.sent_at < ${BEFORE} AND (t.state IN ${ENDED} OR r.delivery < t.delivery)`,
  },
  {
    kind: "webhookDeliveries",
    what: "ended webhook deliveries",
    table: "webhook_deliveries",
    old: `SELECT r.ctid, r FROM webhook_deliveries r
      WHERE r.state IN ('delivered', 'dead') AND r.finished_at < ${BEFORE}`,
  },
  {
    kind: "audit",
    what: "audit rows",
    table: "audit_entries",
    old: `SELECT r.ctid, r FROM audit_entries r WHERE r.created_at < ${BEFORE}`,
  },
];

const BATCH = 2_000;
/** Per sweep and table: the next sweep continues. */
const MAX_BATCHES = 500;

/** Deletes old rows batch by batch, each a transaction of its own; or only counts them. */
export async function sweepRows(
  store: Store,
  ages: RetentionAges,
  dryRun: boolean,
): Promise<Freed[]> {
  const freed: Freed[] = [];
  for (const { kind, what, table, old } of AGED) {
    const age = ages[kind];
    if (age === null) continue;
    const counted = dryRun
      ? await measure(store, old, age)
      : await deleteBatches(store, table, old, age);
    freed.push({ kind, what, ...counted });
  }
  return freed;
}

interface Counted {
  items: number;
  bytes: number;
}

async function measure(store: Store, old: string, age: number): Promise<Counted> {
  const { rows } = await poolOf(store).query<Counted>(
    `SELECT count(*)::float8 AS items, coalesce(sum(pg_column_size(o.r)), 0)::float8 AS bytes
     FROM (${old}) o`,
    [age],
  );
  return rows[0]!;
}

async function deleteBatches(
  store: Store,
  table: string,
  old: string,
  age: number,
): Promise<Counted> {
  const sum = { items: 0, bytes: 0 };
  for (let batches = 0; batches < MAX_BATCHES; batches++) {
    const { rows } = await poolOf(store).query<Counted>(
      `WITH gone AS (
         DELETE FROM ${table} d WHERE d.ctid = ANY(ARRAY(
           SELECT o.ctid FROM (${old} LIMIT ${BATCH} FOR UPDATE OF r SKIP LOCKED) o))
         RETURNING pg_column_size(d.*) AS size)
       SELECT count(*)::float8 AS items, coalesce(sum(size), 0)::float8 AS bytes FROM gone`,
      [age],
    );
    const { items, bytes } = rows[0]!;
    sum.items += items;
    sum.bytes += bytes;
    if (items < BATCH) break;
  }
  return sum;
}
