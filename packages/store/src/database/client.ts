import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../generated/client.js";
import {
  beginStatement,
  type DatabaseUrls,
  isPooled,
  pinRest,
  pooledConfig,
  sessionConfig,
  sessionUrl,
} from "./connection.js";
import { isReadOnly } from "./connection-lost.js";

export interface StoreOptions extends DatabaseUrls {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** The maximum of connections, shared by Prisma and our own SQL. */
  readonly maxConnections?: number;
  /**
   * Further connections for reads that last as long as somebody takes to consume them; without it such
   * reads use the others, and unread downloads can leave nothing for short requests.
   */
  readonly maxStreams?: number;
  /**
   * False: this process holds no session, so that `ping` makes no connection beside the pooler's to see whether one
   * would last. A fleet that starts at once would take all that the server has.
   */
  readonly holdsSessions?: boolean;
  /**
   * Called with the error of an idle connection, for example when Postgres restarts; the pool
   * recovers.
   */
  readonly onError?: (error: Error) => void;
}

const POOL: unique symbol = Symbol("pool");
const STREAMS: unique symbol = Symbol("streams");
const SESSIONS: unique symbol = Symbol("sessions");
const PRISMA: unique symbol = Symbol("prisma");

/**
 * One pool of connections, shared by Prisma and by our own SQL. Both are behind symbols that the
 * package's entry point does not export: other packages call named functions of this one for rows.
 */
export interface Store {
  readonly [POOL]: pg.Pool;
  /** The same pool, unless streams have one of their own. */
  readonly [STREAMS]: pg.Pool;
  /** The same pool, unless its connections are pooled. */
  readonly [SESSIONS]: pg.Pool;
  readonly [PRISMA]: () => PrismaClient;
  /** As it was opened with. */
  readonly urls: DatabaseUrls;
  readonly holdsSessions: boolean;
  close(): Promise<void>;
}

/** For statements in SQL; docs/explanation/adr/0008-prisma-and-pg.md says when. */
export const poolOf = (store: Store): pg.Pool => store[POOL];

/** For reads that hold a connection until all their rows are consumed. */
export const streamsOf = (store: Store): pg.Pool => store[STREAMS];

/** For plain rows by their keys; docs/explanation/adr/0008-prisma-and-pg.md says when. */
export const prismaOf = (store: Store): PrismaClient => store[PRISMA]();

/**
 * For what outlasts a transaction on one connection: a session's locks. All other users of the
 * store's connections must leave nothing behind on them.
 */
export const sessionsOf = (store: Store): pg.Pool => store[SESSIONS];

/** A connection inside `withTransaction`: its writes are committed together or not at all. */
export type Transaction = pg.PoolClient;

/** Where a single statement may run: a pool or a connection of `pg`. */
export type Queryable = Pick<pg.Pool, "query">;

/** Where a function that runs a single statement may run it. */
export type Database = Store | Transaction;

/** Runs statements on the transaction, or on any connection of the store's pool. */
export const sql = (db: Database): Queryable => (POOL in db ? db[POOL] : db);

/** Opens the store; it connects when first used. */
export function openStore(options: StoreOptions): Store {
  const { databaseUrl, applicationName, maxConnections: max = 10 } = options;
  const onError = (error: Error) => options.onError?.(error);
  const poolOfSize = (most: number) =>
    isPooled(options)
      ? openPool({ ...pooledConfig(databaseUrl, applicationName), max: most }, onError)
      : openPool(
          { ...sessionConfig(databaseUrl, applicationName), max: most, onConnect: pinRest },
          onError,
        );
  const pool = poolOfSize(max);
  const streams = options.maxStreams === undefined ? pool : poolOfSize(options.maxStreams);
  const sessions = isPooled(options)
    ? openPool({ ...sessionConfig(sessionUrl(options), applicationName), max: 2 }, onError)
    : pool;
  if (isPooled(options))
    for (const one of new Set([pool, streams])) one.on("connect", withoutNames);
  // A worker of one task needs none, and it is dear to make.
  let prisma: PrismaClient | undefined;
  return {
    [PRISMA]: () => {
      prisma ??= new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
      return prisma;
    },
    [POOL]: pool,
    [STREAMS]: streams,
    [SESSIONS]: sessions,
    urls: { databaseUrl, directDatabaseUrl: options.directDatabaseUrl },
    holdsSessions: options.holdsSessions ?? true,
    close: async () => {
      await prisma?.$disconnect();
      await pool.end();
      if (streams !== pool) await streams.end();
      if (sessions !== pool) await sessions.end();
    },
  };
}

function openPool(config: pg.PoolConfig, onError: (error: Error) => void): pg.Pool {
  // Also how long a request waits for a connection that others use: a crowd is served in turn.
  const pool = new pg.Pool({ ...config, connectionTimeoutMillis: 30_000 });
  pool.on("error", onError);
  // A connection that breaks while it is in use reports to its own listeners only, and an `error`
  // without a listener ends the process. Its user learns of it from the query.
  pool.on("connect", (connection) => connection.on("error", onError));
  return pool;
}

/** A statement that is prepared under a name would meet a session that does not know it. */
function withoutNames(connection: pg.PoolClient): void {
  const query = connection.query as (...args: unknown[]) => unknown;
  const unnamed = (first: unknown, ...rest: unknown[]) => {
    // Streams and cursors are queries of their own making, without a name.
    const isConfig = typeof first === "object" && first !== null && !("submit" in first);
    return query.call(connection, isConfig ? { ...first, name: undefined } : first, ...rest);
  };
  connection.query = unnamed as typeof connection.query;
}

/** Runs `work` in one transaction; if it throws, rolls back and rethrows. */
export async function withTransaction<T>(
  store: Store,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx = await store[POOL].connect();
  let broken: Error | undefined;
  try {
    await tx.query(beginStatement(isPooled(store.urls)));
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    // After a failover the address may lead to another server by now, which can write.
    if (isReadOnly(error)) broken ??= error as Error;
    throw error;
  } finally {
    // A connection that could not roll back must not be reused.
    tx.release(broken);
  }
}
