import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../generated/client.js";

export interface StoreOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most, Prisma's and ours together (one pool). */
  readonly maxConnections?: number;
  /** Called with an idle connection's error, e.g. when Postgres restarts; the pool goes on. */
  readonly onError?: (error: Error) => void;
}

/** One pool of connections: `prisma` for ordinary rows, `pool` for what is written in SQL. */
export interface Store {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** A connection inside `withTransaction`: what is written through it lands whole or not at all. */
export type Transaction = pg.PoolClient;

/** Where a single statement may run: the pool or a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

/** Not tcp_user_timeout, which would end a client that only reads slowly. */
export const SERVER_KEEPALIVES =
  "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4";

/** Opens the store; connections are made when first needed. */
export function openStore(options: StoreOptions): Store {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    // A wait for the answer of a host that is gone without a word ends.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // And so do the locks of a client that is gone: by default only after two hours.
    onConnect: async (connection) => void (await connection.query(SERVER_KEEPALIVES)),
  });
  const onError = (error: Error) => options.onError?.(error);
  pool.on("error", onError);
  // A connection that breaks while it is lent out tells its own listeners only, and an `error`
  // that nobody hears ends the process; whoever holds it learns of it from its query.
  pool.on("connect", (connection) => connection.on("error", onError));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false }),
  });
  return {
    prisma,
    pool,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Runs `work` in one transaction; a throw rolls back and passes on. */
export async function withTransaction<T>(
  store: Pick<Store, "pool">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx = await store.pool.connect();
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
    // A connection that could not roll back is not given to the next one.
    tx.release(broken);
  }
}
