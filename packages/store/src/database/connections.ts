import { AppError, ConfigError, tlsFault } from "@winnow/contracts";
import { type DatabaseFault, databaseFaults } from "./checks.js";
import { poolOf, type Store } from "./client.js";

/** Stores whose database was found to suit; that does not change while a process runs. */
const SUITED = new WeakSet<Store>();

/**
 * Resolves when Postgres answers, can be written and suits. Throws an `AppError` of a sentence where
 * somebody has to change something.
 */
export async function ping(store: Store): Promise<void> {
  const { rows } = await poolOf(store)
    .query<{ standby: boolean; readOnly: string }>(
      `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS "readOnly"`,
    )
    .catch((cause: unknown) => {
      const fault = tlsFaultOf(cause);
      throw fault === null ? cause : new AppError("not-ready", `${fault}.`, { cause });
    });
  if (rows[0]?.standby) throw new AppError("database-read-only", STANDBY);
  if (rows[0]?.readOnly === "on") throw new AppError("database-read-only", SET_READ_ONLY);
  if (SUITED.has(store)) return;
  const faults = await faultsFor(store);
  if (faults.length > 0) throw new AppError("not-ready", sentencesOf(faults).join(" "));
  SUITED.add(store);
}

/**
 * Throws `ConfigError` where the database will never do. One that does not answer may yet come;
 * `ping` asks it then.
 */
export async function assertDatabaseSuits(store: Store): Promise<void> {
  const faults = await faultsFor(store).catch((error: unknown) => {
    const fault = tlsFaultOf(error);
    if (fault !== null) throw new ConfigError([`${fault}.`]);
    return null;
  });
  if (faults === null) return;
  if (faults.length > 0) throw new ConfigError(sentencesOf(faults));
  SUITED.add(store);
}

const faultsFor = (store: Store): Promise<DatabaseFault[]> =>
  databaseFaults(store.urls, { through: poolOf(store), holdsSessions: store.holdsSessions });

const sentencesOf = (faults: readonly DatabaseFault[]): string[] =>
  faults.map(({ sentence }) => sentence);

/** Why no connection to Postgres can be trusted, and what to change; null: the error is another. */
export const tlsFaultOf = (error: unknown): string | null =>
  tlsFault(error, { name: "Postgres", setting: "DATABASE_URL" });

const STANDBY =
  "Postgres is a standby that only reads: lead DATABASE_URL to the primary, or promote this server.";
const SET_READ_ONLY =
  "Postgres only reads (default_transaction_read_only is on): an administrator, or a disk that is nearly full, has set it; make room, then reset it.";

export interface ConnectionCounts {
  readonly used: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

/** The metric of them that API and worker both have; its values are `connectionCounts`. */
export const CONNECTIONS_METRIC = {
  name: "winnow_postgres_connections",
  help: "Connections of the pool by state: used, idle, and requests waiting for one",
  labelNames: ["state"],
} as const;

/** The store's connections in this process; Postgres is not asked. */
export function connectionCounts(store: Store): ConnectionCounts {
  const { totalCount, idleCount, waitingCount } = poolOf(store);
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}
