import { AppError } from "@winnow/contracts";
import { lock } from "../database/advisory-locks.js";
import { type Database, sql, type Transaction } from "../database/client.js";

const RETRY_AFTER_SECONDS = 60;

/**
 * Counts the open jobs of a key, including the one inserted in this transaction. Counts of one key
 * run one after the other, each until its commit, so that concurrent requests cannot exceed the
 * limit together. Throws `quota-exceeded`, which undoes the insert.
 */
export async function chargeJob(
  tx: Transaction,
  ownerId: string,
  maxOpenJobs: number,
): Promise<void> {
  await waitForTurn(tx, ownerId);
  const open = await openJobs(tx, ownerId);
  if (open > maxOpenJobs) throw jobsExceeded(open - 1, maxOpenJobs);
}

/**
 * Counts the open jobs of keys before this transaction inserts several. Other counts of these keys
 * wait until it commits.
 */
export async function countOpenJobs(
  tx: Transaction,
  ownerIds: Iterable<string>,
): Promise<Map<string, number>> {
  const open = new Map<string, number>();
  // Always in the same order, so that two transactions cannot deadlock.
  for (const ownerId of [...new Set(ownerIds)].sort()) {
    await waitForTurn(tx, ownerId);
    open.set(ownerId, await openJobs(tx, ownerId));
  }
  return open;
}

export const jobsExceeded = (open: number, maxOpenJobs: number): AppError =>
  exceeded(
    `The API key has ${open} queued or running jobs; the limit is ${maxOpenJobs}. Wait until one ` +
      "has ended, or cancel one.",
  );

/**
 * Makes the key the owner of an upload, complete or only announced, and checks its stored bytes in
 * the same way.
 */
export async function chargeUpload(
  tx: Transaction,
  upload: { readonly id: string; readonly bytes: number },
  ownerId: string,
  maxBytes: number | undefined,
): Promise<void> {
  await tx.query("UPDATE uploads SET owner_id = $2 WHERE id = $1", [upload.id, ownerId]);
  if (maxBytes === undefined) return;
  await waitForTurn(tx, ownerId);
  const stored = await storedBytes(tx, ownerId);
  if (stored > maxBytes) throw uploadsExceeded(stored - upload.bytes, upload.bytes, maxBytes);
}

/**
 * Refuses an upload that exceeds the quota before its bytes are received; `chargeUpload` decides.
 */
export async function assertRoomFor(
  db: Database,
  bytes: number,
  ownerId: string,
  maxBytes: number,
  /** Of other bodies, which are not stored yet. */
  arriving = 0,
): Promise<void> {
  const taken = (await storedBytes(db, ownerId)) + arriving;
  if (taken + bytes > maxBytes) throw uploadsExceeded(taken, bytes, maxBytes);
}

/**
 * Refuses an ingest before it is queued whose owner has no row left; `chargeRows` decides, once the rows are
 * known.
 */
export async function assertRowsLeft(
  db: Database,
  ownerId: string,
  maxRows: number,
): Promise<void> {
  const stored = await storedRows(db, ownerId);
  if (stored >= maxRows) throw rowsExceeded(stored, maxRows);
}

/** How many rows more an owner may have at the moment, and the refusal of a dataset with more. */
export async function rowAllowance(
  db: Database,
  ownerId: string,
  maxRows: number,
): Promise<{ readonly rows: number; refusal(): AppError }> {
  const stored = await storedRows(db, ownerId);
  return { rows: Math.max(0, maxRows - stored), refusal: () => rowsExceeded(stored, maxRows) };
}

/**
 * Checks the rows of an owner's datasets with one that becomes ready in this transaction. As with jobs,
 * checks of one owner run one after the other, each until its commit.
 */
export async function chargeRows(
  tx: Transaction,
  ownerId: string,
  rows: number,
  maxRows: number,
): Promise<void> {
  await waitForTurn(tx, ownerId);
  const stored = await storedRows(tx, ownerId);
  if (stored + rows > maxRows) throw rowsExceeded(stored, maxRows);
}

/** A statement sees what was committed before it began, so the count must come after the wait. */
async function waitForTurn(tx: Transaction, ownerId: string): Promise<void> {
  await lock(tx, "quota", ownerId);
}

/** Jobs that a job queued are parts of that one. */
async function openJobs(db: Database, ownerId: string): Promise<number> {
  const { rows } = await sql(db).query<{ open: number }>(
    `SELECT count(*)::int AS open FROM jobs
     WHERE owner_id = $1 AND parent_id IS NULL AND state IN ('queued', 'running', 'cancelling')`,
    [ownerId],
  );
  return rows[0]?.open ?? 0;
}

async function storedBytes(db: Database, ownerId: string): Promise<number> {
  const { rows } = await sql(db).query<{ bytes: string }>(
    "SELECT coalesce(sum(bytes), 0) AS bytes FROM uploads WHERE owner_id = $1",
    [ownerId],
  );
  return Number(rows[0]?.bytes ?? 0);
}

async function storedRows(db: Database, ownerId: string): Promise<number> {
  const { rows } = await sql(db).query<{ stored: string }>(
    "SELECT coalesce(sum(rows), 0) AS stored FROM datasets WHERE owner_id = $1",
    [ownerId],
  );
  return Number(rows[0]?.stored ?? 0);
}

const rowsExceeded = (stored: number, maxRows: number): AppError =>
  exceeded(
    `The API key has ${stored} rows of datasets; the limit is ${maxRows}, and this dataset would exceed it. ` +
      "Delete datasets that are no longer needed, or let the operator raise QUOTA_STORED_ROWS.",
  );

const uploadsExceeded = (stored: number, more: number, maxBytes: number): AppError =>
  exceeded(
    `The API key has ${stored} bytes of uploads stored or arriving; the limit is ${maxBytes}, and ${more} more ` +
      "would exceed it.",
  );

const exceeded = (detail: string): AppError =>
  new AppError("quota-exceeded", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
