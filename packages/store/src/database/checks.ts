import { PINNED_SETTINGS } from "@winnow/contracts";
import pg from "pg";
import type { Queryable } from "./client.js";
import { type DatabaseUrls, isPooled, pooledConfig, sessionUrl } from "./connection.js";
import { onSession } from "./pooling.js";

/** Why the service cannot work on a database. */
export interface DatabaseFault {
  readonly about: "pooler" | "encoding" | "sessions";
  /** Says what to change. */
  readonly sentence: string;
}

/**
 * What is wrong with this database for the service; nothing: it can work. Whether the database is migrated is
 * not looked at. Rejects when it cannot be reached. `through`: connections to `databaseUrl` that are there
 * anyway; else it makes one through the pooler. Without `holdsSessions` that is all that is asked behind a pooler.
 */
export async function databaseFaults(
  urls: DatabaseUrls,
  { through, holdsSessions = true }: { through?: Queryable; holdsSessions?: boolean } = {},
): Promise<DatabaseFault[]> {
  if (isPooled(urls) && through && !holdsSessions) {
    return [...(await faultsOfDatabase(through)), ...(await faultsOfRole(through))];
  }
  const found = await onSession(sessionUrl(urls), "winnow-check", faultsOfDatabase);
  if (found.inTheWay !== null) {
    return [{ about: "pooler", sentence: poolerFault(urls, found.inTheWay) }];
  }
  if (!isPooled(urls)) return found.value;
  return [...found.value, ...(await (through ? faultsOfRole(through) : inquirePooled(urls)))];
}

function poolerFault(urls: DatabaseUrls, pooler: string): string {
  const name = isPooled(urls) ? "DIRECT_DATABASE_URL" : "DATABASE_URL";
  const what = isPooled(urls) ? "it" : "DIRECT_DATABASE_URL as well,";
  return `${name} leads to Postgres through ${pooler}: set ${what} to the address of Postgres itself.`;
}

async function inquirePooled({ databaseUrl }: DatabaseUrls): Promise<DatabaseFault[]> {
  const client = new pg.Client(pooledConfig(databaseUrl, "winnow-check"));
  client.on("error", () => {}); // a broken connection fails the query that meets it
  try {
    await client.connect();
    return await faultsOfRole(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function faultsOfDatabase(client: Queryable): Promise<DatabaseFault[]> {
  const { rows } = await client.query<{ encoding: string; name: string; role: string }>(
    `SELECT current_setting('server_encoding') AS encoding, current_database() AS name,
       current_setting('session_replication_role') AS role`,
  );
  const { encoding, name, role } = rows[0]!;
  const faults: DatabaseFault[] = [];
  if (encoding !== "UTF8") {
    faults.push({ about: "encoding", sentence: encodingFault(name, encoding) });
  }
  if (role !== "origin") {
    faults.push({
      about: "sessions",
      sentence: `The database ${name} sets session_replication_role to ${role}, which switches foreign keys off: reset it (ALTER ROLE or ALTER DATABASE ... RESET session_replication_role).`,
    });
  }
  return faults;
}

export const encodingFault = (name: string, encoding: string): string =>
  `The database ${name} has the encoding ${encoding}, which cannot hold every text: create one with ENCODING 'UTF8' TEMPLATE template0.`;

/**
 * A pooled connection has what the role was given; nobody may set anything on it. Values that mean
 * the same as ours are as good.
 */
async function faultsOfRole(client: Queryable): Promise<DatabaseFault[]> {
  const names = Object.keys(PINNED_SETTINGS).map((name) => pg.escapeLiteral(name));
  // In one message: whatever the session's timeouts are, none comes between the statements.
  const answers: unknown = await client.query(
    `BEGIN; SET LOCAL statement_timeout = 0;
     SELECT lower(name) AS name, reset_val AS setting, current_user AS role FROM pg_settings
     WHERE lower(name) IN (${names.join(", ")})
       AND (lower(name) <> 'search_path' OR (current_schemas(false))[1] IS DISTINCT FROM 'public');
     COMMIT`,
  );
  const [, , { rows }] = answers as [
    unknown,
    unknown,
    pg.QueryResult<{ name: string; setting: string; role: string }>,
  ];
  const other = rows.filter(({ name, setting }) => !isAsGood(name as Pinned, setting));
  if (other.length === 0) return [];
  const list = other.map(({ name, setting }) => `${name} is ${setting}`).join(", ");
  const sentence = `Through the pooler, the role ${other[0]?.role} has settings that Winnow cannot work with (${list}): run \`winnow migrate\`, which sets them for the role, then RECONNECT the pooler.`;
  return [{ about: "sessions", sentence }];
}

type Pinned = keyof typeof PINNED_SETTINGS;

function isAsGood(name: Pinned, setting: string): boolean {
  if (name === "timezone") return /^(etc\/)?(utc|uct|gmt|zulu|universal|greenwich)$/i.test(setting);
  if (name === "datestyle") return setting.startsWith("ISO");
  return setting === PINNED_SETTINGS[name];
}
