import pg from "pg";
import { isMigrationLock } from "../database/advisory-locks.js";
import { detectPooling, type Pooling } from "../database/pooling.js";
import { compareSchema, type SchemaDifference } from "./schema-version.js";

/** What a database says of itself to a session of the service's role. */
export interface DatabaseFacts {
  readonly version: string;
  /** 18 of 18.1. */
  readonly majorVersion: number;
  readonly name: string;
  readonly role: string;
  readonly pooling: Pooling;
  readonly encoding: string;
  /** Where new tables are made; null: nowhere, the search path names no schema that is there. */
  readonly schema: string | null;
  readonly mayCreate: boolean;
  readonly timeZone: string;
  readonly dateStyle: string;
  readonly isolation: string;
  /** Of a statement and of a wait for a lock, as the session inherits them; "0": no limit. */
  readonly statementTimeout: string;
  readonly lockTimeout: string;
  /** Why nothing can be written; null: it can. */
  readonly readOnly: "standby" | "default_transaction_read_only" | null;
  /** How far the server's clock is ahead of this machine's. */
  readonly aheadMs: number;
  readonly connections: { readonly used: number; readonly max: number };
  /** Tables, each of which a backup locks, and how many locks there are in all. */
  readonly tables: number;
  readonly locks: number;
  /** Who holds the migrations' lock, and since when. */
  readonly migrating: { readonly pid: number; readonly application: string } | null;
  /** Sessions that wait for a lock for over ten seconds. */
  readonly waiting: number;
  readonly schemaVersion: SchemaDifference;
}

interface Row
  extends Omit<DatabaseFacts, "pooling" | "connections" | "migrating" | "schemaVersion"> {
  readonly used: number;
  readonly max: number;
}

const FACTS = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int / 10000 AS "majorVersion",
  current_database() AS name, current_user AS role,
  current_setting('server_encoding') AS encoding, current_schema() AS schema,
  has_database_privilege(current_database(), 'CREATE')
    AND coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
  current_setting('TimeZone') AS "timeZone", current_setting('DateStyle') AS "dateStyle",
  current_setting('default_transaction_isolation') AS isolation,
  current_setting('statement_timeout') AS "statementTimeout",
  current_setting('lock_timeout') AS "lockTimeout",
  CASE WHEN pg_is_in_recovery() THEN 'standby'
    WHEN current_setting('default_transaction_read_only')::bool
    THEN 'default_transaction_read_only' END AS "readOnly",
  extract(epoch FROM clock_timestamp())::float8 * 1000 AS "aheadMs",
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
  current_setting('max_connections')::int AS max,
  (SELECT count(*)::int FROM pg_class WHERE relkind IN ('r', 'i', 't')
    AND relnamespace IN (current_schema()::regnamespace, to_regnamespace('partitions'))) AS tables,
  current_setting('max_locks_per_transaction')::int
    * (current_setting('max_connections')::int
      + current_setting('max_prepared_transactions')::int) AS locks,
  (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND state_change < now() - interval '10 seconds') AS waiting`;

/** Looks at a database and changes nothing. Rejects when it cannot be reached. */
export async function inspectDatabase(databaseUrl: string): Promise<DatabaseFacts> {
  const pooling = await detectPooling(databaseUrl);
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: "winnow-doctor",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {}); // a broken connection fails the query that meets it
  await client.connect();
  try {
    const { rows } = await client.query<Row>(FACTS);
    const { used, max, aheadMs, ...facts } = rows[0]!;
    return {
      ...facts,
      pooling,
      aheadMs: Math.round(aheadMs - Date.now()),
      connections: { used, max },
      migrating: await migratingSession(client),
      schemaVersion: await compareSchema(client),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

async function migratingSession(client: pg.Client): Promise<DatabaseFacts["migrating"]> {
  const { rows } = await client.query<{ pid: number; application: string }>(
    `SELECT a.pid, a.application_name AS application FROM pg_locks l
     JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.granted AND ${isMigrationLock("l")}`,
  );
  return rows[0] ?? null;
}
