import { type Pooler, startPooler as start } from "../../bench/service/pgbouncer.js";
import { findTool } from "../../infra/setup/debian-tools.mjs";

export type { Pooler, PoolMode } from "../../bench/service/pgbouncer.js";

/** Starts the PgBouncer of this machine in front of the server of these URLs. */
export function startPooler(
  databaseUrls: readonly string[],
  options: Parameters<typeof start>[2] = {},
): Promise<Pooler> {
  const program = findTool("pgbouncer");
  if (program === undefined) throw new Error("pgbouncer is not installed");
  return start(program, databaseUrls, options);
}
