import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../generated/client.js";

export interface StoreOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** The maximum of connections, shared by Prisma and our own SQL. */
  readonly maxConnections?: number;
  /**
   * Called with the error of an idle connection, for example when Postgres restarts; the pool
   * recovers.
   */
  readonly onError?: (error: Error) => void;
}

const POOL: unique symbol = Symbol("pool");
const PRISMA: unique symbol = Symbol("prisma");

/**
 * One pool of connections, shared by Prisma and by our own SQL. Both are behind symbols that the
 * package's entry point does not export: other packages call named functions of this one for rows.
 */
export interface Store {
  readonly [POOL]: pg.Pool;
  readonly [PRISMA]: PrismaClient;
  close(): Promise<void>;
}

/** For statements in SQL; docs/explanation/adr/0008-prisma-and-pg.md says when. */
export const poolOf = (store: Store): pg.Pool => store[POOL];

/** For plain rows by their keys; docs/explanation/adr/0008-prisma-and-pg.md says when. */
export const prismaOf = (store: Store): PrismaClient => store[PRISMA];

/** A connection inside `withTransaction`: its writes are committed together or not at all. */
export type Transaction = pg.PoolClient;

/** Where a single statement may run: a pool or a connection of `pg`. */
export type Queryable = Pick<pg.Pool, "query">;

/** Where a function that runs a single statement may run it. */
export type Database = Store | Transaction;

/** Runs statements on the transaction, or on any connection of the store's pool. */
export const sql = (db: Database): Queryable => (POOL in db ? db[POOL] : db);

/** Not tcp_user_timeout, which would close the connection of a client that only reads slowly. */
export const SERVER_KEEPALIVES =
  "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4";

/** Opens the store; it connects when first used. */
export function openStore(options: StoreOptions): Store {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    // Without keepalives a query to a host that has vanished never ends.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // The server, too, then releases the locks of a vanished client; by default only after two
    // hours.
    onConnect: async (connection) => void (await connection.query(SERVER_KEEPALIVES)),
  });
  const onError = (error: Error) => options.onError?.(error);
  pool.on("error", onError);
  // A connection that breaks while it is in use reports to its own listeners only, and an `error`
  // without a listener ends the process. Its user learns of it from the query.
  pool.on("connect", (connection) => connection.on("error", onError));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false }),
  });
  return {
    [PRISMA]: prisma,
    [POOL]: pool,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Runs `work` in one transaction; if it throws, rolls back and rethrows. */
export async function withTransaction<T>(
  store: Store,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx = await store[POOL].connect();
  let broken: Error | undefined;
  try {
    await tx.query("BEGIN");
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    // A connection that could not roll back must not be reused.
    tx.release(broken);
  }
}
