import { readFileSync } from "node:fs";
import { ConfigError, PINNED_SETTINGS, PINNED_WHERE_KNOWN } from "@winnow/contracts";
import type pg from "pg";

/** How to reach the database. Both URLs lead to the same one. */
export interface DatabaseUrls {
  /** May lead through a pooler that lends a connection for one transaction; see `directDatabaseUrl`. */
  readonly databaseUrl: string;
  /** Without the pooler, for what needs a session. Undefined where `databaseUrl` leads through none. */
  readonly directDatabaseUrl?: string | undefined;
}

/** The URL under which a connection is the client's own for as long as it lasts. */
export const sessionUrl = ({ databaseUrl, directDatabaseUrl }: DatabaseUrls): string =>
  directDatabaseUrl ?? databaseUrl;

/** Whether the statements of a transaction may meet another session than those of the last one. */
export const isPooled = ({ databaseUrl, directDatabaseUrl }: DatabaseUrls): boolean =>
  directDatabaseUrl !== undefined && !leadsToSamePlace(databaseUrl, directDatabaseUrl);

function leadsToSamePlace(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  const port = (url: URL) => url.port || "5432";
  return a.hostname === b.hostname && port(a) === port(b) && a.search === b.search;
}

/**
 * The server notices a vanished client, and releases its locks, after seconds instead of two hours.
 * Not tcp_user_timeout, which would close the connection of a client that only reads slowly.
 */
const SERVER_KEEPALIVES = {
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "5",
  tcp_keepalives_count: "4",
};

/** The driver reads them whenever it connects, and throws what the file system says. */
const TLS_FILES = ["sslrootcert", "sslcert", "sslkey"];

function assertFilesRead(url: URL): void {
  for (const name of TLS_FILES) {
    const file = url.searchParams.get(name);
    if (!file) continue;
    try {
      readFileSync(file);
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      throw new ConfigError([
        `The database's URL names a file by ${name} that cannot be read: ${why}`,
      ]);
    }
  }
}

/**
 * A connection of one's own: it sets the session as we need it while it starts, whatever the server,
 * the database, the role or PGOPTIONS say. Throws `ConfigError` where the URL names a file for TLS that cannot be
 * read.
 */
export function sessionConfig(databaseUrl: string, applicationName: string): pg.ClientConfig {
  const url = new URL(databaseUrl);
  assertFilesRead(url);
  const own = url.searchParams.getAll("options");
  url.searchParams.delete("options");
  const pinned = Object.entries({ ...PINNED_SETTINGS, ...SERVER_KEEPALIVES }).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(/[\s\\]/g, "\\$&")}`,
  );
  return {
    connectionString: url.href,
    application_name: applicationName,
    options: [...own, ...pinned].join(" "),
    connectionTimeoutMillis: 10_000,
    // Without keepalives a query to a host that has vanished never ends.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** A connection through a pooler, which allows no options; `winnow migrate` gave them to the role. */
export function pooledConfig(databaseUrl: string, applicationName: string): pg.ClientConfig {
  const { options: _, ...config } = sessionConfig(databaseUrl, applicationName);
  return config;
}

/** Sets what only some versions know, on a connection of one's own. */
export async function pinRest(connection: pg.ClientBase): Promise<void> {
  await connection.query(
    `SELECT set_config(name, value, false) FROM pg_settings
     JOIN json_each_text('${JSON.stringify(PINNED_WHERE_KNOWN)}') pinned(name, value) USING (name)`,
  );
}

/**
 * Begins a transaction that depends on nothing that the session may be set to. Where the connection
 * is pooled, nothing of it stays behind.
 */
export function beginStatement(isPooledConnection: boolean): string {
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
  return isPooledConnection ? [begin, ...SET_LOCAL].join("; ") : begin;
}

const SET_LOCAL = Object.entries(PINNED_SETTINGS)
  .filter(([name]) => !name.startsWith("default_transaction_"))
  .map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
