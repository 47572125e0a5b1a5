import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import getPort from "get-port";
import pg from "pg";

export type PoolMode = "transaction" | "session" | "statement";

/** A PgBouncer in front of a Postgres. */
export interface Pooler {
  readonly pid: number;
  /** The same database, user and password, through the pooler. */
  through(databaseUrl: string): string;
  /** Has it open new connections to the server, as after a change of a role's settings. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

/**
 * Starts one for the users of these URLs, which all lead to the same server. `settings` are PgBouncer's
 * own, and go over ours.
 */
export async function startPooler(
  program: string,
  databaseUrls: readonly string[],
  { mode = "transaction" as PoolMode, poolSize = 20, settings = {} as Record<string, string> } = {},
): Promise<Pooler> {
  const port = await getPort({ host: "127.0.0.1" });
  const folder = mkdtempSync(join(tmpdir(), "winnow-pgbouncer-"));
  chmodSync(folder, 0o755); // as root it runs as nobody
  const server = new URL(databaseUrls[0]!);
  const users = new Map(databaseUrls.map((url) => userOf(url)));
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  writeFileSync(
    join(folder, "users.txt"),
    [...users].map((pair) => `${pair.map(quoted).join(" ")}\n`).join(""),
  );
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: join(folder, "users.txt"),
    admin_users: [...users.keys()].join(","),
    pool_mode: mode,
    default_pool_size: String(poolSize),
    max_client_conn: "1000",
    ...settings,
  };
  writeFileSync(
    join(folder, "pgbouncer.ini"),
    `[databases]\n* = host=${server.hostname} port=${server.port}\n[pgbouncer]\n${Object.entries(
      all,
    )
      .map(([name, value]) => `${name} = ${value}\n`)
      .join("")}`,
  );
  const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(program, [...asUser, join(folder, "pgbouncer.ini")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const gone = once(child, "close");
  process.once("exit", () => child.kill("SIGKILL"));
  const through = (databaseUrl: string) => {
    const url = new URL(databaseUrl);
    url.hostname = "127.0.0.1";
    url.port = String(port);
    return url.href;
  };
  await accepts(through(databaseUrls[0]!), () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended:\n${output}`);
    return output;
  });
  return {
    pid: child.pid as number,
    through,
    reconnect: () => command(through(databaseUrls[0]!), "RECONNECT"),
    async close() {
      child.kill("SIGQUIT");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function userOf(databaseUrl: string): [string, string] {
  const { username, password } = new URL(databaseUrl);
  return [decodeURIComponent(username), decodeURIComponent(password)];
}

/** A command of the console, which is a database of its own. */
async function command(url: string, text: string): Promise<void> {
  const console = new URL(url);
  console.pathname = "/pgbouncer";
  const client = new pg.Client({ connectionString: console.href });
  client.on("error", () => {}); // a broken connection fails the query that meets it
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Waits until its console answers. */
async function accepts(url: string, outputSoFar: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await command(url, "SHOW VERSION");
    } catch (error) {
      const output = outputSoFar();
      if (Date.now() > deadline) throw new Error(`pgbouncer: ${error}\n${output}`);
      await sleep(50);
    }
  }
}
