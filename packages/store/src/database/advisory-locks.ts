import type { Queryable } from "./client.js";

/**
 * What advisory locks guard. Postgres knows them by one 64-bit number, so every class hashes its
 * names with a seed of its own: two classes with one seed would block each other by equal names.
 * Processes of different versions must agree, so a number is never given to another class.
 */
export const LOCK_CLASSES = {
  /** One request at a time under an idempotency key. */
  idempotencyKey: 1,
  /** One count at a time of what an API key owns. */
  quota: 2,
  /** Deletions of table contents, which no snapshot can see, against the start of a backup. */
  removals: 3,
  /** One creation of a webhook at a time. */
  webhooks: 4,
  /** One writer at a time of an upload's file. */
  upload: 5,
  /** One undo at a time of a dataset's reviews. */
  reviewUndo: 6,
} as const;
export type LockClass = keyof typeof LOCK_CLASSES;

/** Prisma's own number: its CLI and `migrate` never run at the same time. */
const MIGRATIONS_LOCK = 72_707_369;

/** Waits for the lock and holds it until the transaction ends. */
export async function lock(tx: Queryable, kind: LockClass, name: string): Promise<void> {
  await call(tx, "pg_advisory_xact_lock", kind, name);
}

/** The same, beside other shared holders; waits only for one that holds it alone. */
export async function lockShared(tx: Queryable, kind: LockClass, name: string): Promise<void> {
  await call(tx, "pg_advisory_xact_lock_shared", kind, name);
}

/** Takes the lock until the transaction ends; false, without waiting, while another holds it. */
export const tryLock = (tx: Queryable, kind: LockClass, name: string): Promise<boolean> =>
  call(tx, "pg_try_advisory_xact_lock", kind, name);

/** Waits for the lock and holds it until `unlockSession`, or until the connection closes. */
export async function lockSession(
  connection: Queryable,
  kind: LockClass,
  name: string,
): Promise<void> {
  await call(connection, "pg_advisory_lock", kind, name);
}

/** Takes the lock for the connection; false, without waiting, while another one holds it. */
export const tryLockSession = (
  connection: Queryable,
  kind: LockClass,
  name: string,
): Promise<boolean> => call(connection, "pg_try_advisory_lock", kind, name);

export async function unlockSession(
  connection: Queryable,
  kind: LockClass,
  name: string,
): Promise<void> {
  await call(connection, "pg_advisory_unlock", kind, name);
}

/** SQL: whether a row of pg_locks is the migrations' lock in this database. */
export const isMigrationLock = (row: string): string =>
  `${row}.locktype = 'advisory' AND ${row}.classid = 0 AND ${row}.objid = ${MIGRATIONS_LOCK}
   AND ${row}.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Waits until nobody else migrates; holds the lock until the connection closes. */
export async function lockMigrations(connection: Queryable): Promise<void> {
  await connection.query("SELECT pg_advisory_lock($1)", [MIGRATIONS_LOCK]);
}

/** Calls the function of Postgres; returns what a `pg_try_...` says. */
async function call(
  db: Queryable,
  name: string,
  kind: LockClass,
  guarded: string,
): Promise<boolean> {
  const { rows } = await db.query<{ done: unknown }>(
    `SELECT ${name}(hashtextextended($1, ${LOCK_CLASSES[kind]})) AS done`,
    [guarded],
  );
  return rows[0]?.done === true;
}
