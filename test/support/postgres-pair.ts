import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@winnow/local-services";
import { migrate } from "@winnow/store";
import pg from "pg";
import { openTcpProxy } from "./tcp-proxy.js";

const migrationsDir = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

/** A primary and its hot standby, which receives what the primary writes, behind one address. */
export interface PostgresPair {
  /** Leads to the primary at first. */
  readonly url: string;
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** New connections to the address go there; those that exist stay, as proxies leave them. */
  leadTo(which: "primary" | "standby"): void;
  /** The standby becomes a primary of its own. The old one knows nothing of it. */
  promote(): Promise<void>;
  close(): Promise<void>;
}

/** Migrated. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const folder = mkdtempSync(join(tmpdir(), "winnow-postgres-pair-"));
  const [first, second] = [join(folder, "primary"), join(folder, "standby")];
  const start = (dataDir: string, settings: Record<string, string> = {}) =>
    startPostgres({
      dataDir,
      durability: "fast",
      settings: { wal_level: "replica", max_wal_senders: "4", ...settings },
    });
  const empty = await start(first);
  await migrate(empty.url, migrationsDir);
  await empty.stop();
  // A server that is down is its own base backup.
  cpSync(first, second, { recursive: true, preserveTimestamps: true });
  writeFileSync(join(second, "postgres", "data", "standby.signal"), "", { mode: 0o600 });
  const primary = await start(first);
  const { hostname, port, username, password } = new URL(primary.url);
  const standby = await start(second, {
    primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
  });
  const proxy = await openTcpProxy(Number(port));
  const url = new URL(primary.url);
  url.port = String(proxy.port);
  return {
    url: url.href,
    primaryUrl: primary.url,
    standbyUrl: standby.url,
    leadTo: (which) =>
      proxy.leadTo(Number(new URL(which === "primary" ? primary.url : standby.url).port)),
    async promote() {
      const client = new pg.Client({ connectionString: standby.url });
      await client.connect();
      await client.query("SELECT pg_promote()").finally(() => client.end());
    },
    async close() {
      await proxy.close();
      await standby.stop();
      await primary.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
