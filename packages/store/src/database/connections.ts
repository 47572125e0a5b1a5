import { poolOf, type Store } from "./client.js";

/** Resolves when Postgres answers; throws when it does not. */
export async function ping(store: Store): Promise<void> {
  await poolOf(store).query("SELECT 1");
}

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
