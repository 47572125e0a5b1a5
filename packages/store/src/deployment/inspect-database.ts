import pg from "pg";
import { isMigrationLock } from "../database/advisory-locks.js";
import { type DatabaseFault, databaseFaults } from "../database/checks.js";
import {
  type DatabaseUrls,
  isPooled,
  pooledConfig,
  sessionConfig,
  sessionUrl,
} from "../database/connection.js";
import { compareSchema, type SchemaDifference } from "./schema-version.js";

/** What a database says of itself to a session as the service opens it. */
export interface DatabaseFacts {
  readonly version: string;
  /** 18 of 18.1. */
  readonly majorVersion: number;
  readonly name: string;
  readonly role: string;
  /** Whether `databaseUrl` leads another way than sessions do. */
  readonly isPooled: boolean;
  /** Why the service would not start on it. */
  readonly faults: readonly DatabaseFault[];
  readonly encoding: string;
  /** Where new tables are made; null: nowhere, there is no schema public. */
  readonly schema: string | null;
  readonly mayCreate: boolean;
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
  extends Omit<
    DatabaseFacts,
    "isPooled" | "faults" | "connections" | "migrating" | "schemaVersion"
  > {
  readonly used: number;
  readonly max: number;
}

const FACTS = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int / 10000 AS "majorVersion",
  current_database() AS name, current_user AS role,
  current_setting('server_encoding') AS encoding, current_schema() AS schema,
  has_database_privilege(current_database(), 'CREATE')
    AND coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
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
export async function inspectDatabase(urls: DatabaseUrls): Promise<DatabaseFacts> {
  const faults = await databaseFaults(urls);
  const isInTheWay = faults.some(({ about }) => about === "pooler");
  const config = isInTheWay ? pooledConfig : sessionConfig;
  const client = new pg.Client(config(sessionUrl(urls), "winnow-doctor"));
  client.on("error", () => {}); // a broken connection fails the query that meets it
  await client.connect();
  try {
    const { rows } = await client.query<Row>(FACTS);
    const { used, max, aheadMs, ...facts } = rows[0]!;
    return {
      ...facts,
      isPooled: isPooled(urls),
      faults,
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
