import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import getPort from "get-port";
import pg from "pg";
import { readSurroundings, type ServiceEnv } from "../config.js";
import { LocalServicesError } from "../errors.js";
import { runCommand } from "../processes/command.js";
import { startGuarded } from "../processes/guarded-process.js";
import {
  type Durability,
  joinOrStart,
  type LocalService,
  type ServiceEvent,
  waitUntilReady,
} from "../service/service.js";
import { logTail, openServiceFolder, type ServiceFolder } from "../service/service-folder.js";
import { findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.js";
import { findUnprivileged, giveTo, type PrivilegeWay, type Unprivileged } from "./unprivileged.js";

const USER = "winnow";
/** The service's; it owns nothing. `winnow migrate` creates it, with the password of its URL. */
const APP_USER = "winnow_app";
const DATABASE = "winnow";

/** How a local Postgres is started. `dataDir` contains its cluster in `postgres/`. */
export interface PostgresOptions {
  readonly dataDir: string;
  /** The port; a free one by default. A restart on the same port keeps the URL. */
  readonly port?: number;
  readonly durability?: Durability;
  readonly env?: ServiceEnv;
  readonly onEvent?: (event: ServiceEvent) => void;
  /** Restricts the ways to drop root's privileges; for tests. */
  readonly privilegeWays?: readonly PrivilegeWay[];
  /** Settings of the server, instead of ours; for tests, as of a standby. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A Postgres, and how the service connects to it, which is not as the owner of its tables. */
export interface LocalPostgres extends LocalService {
  readonly appUrl: string;
}

/**
 * Starts a Postgres on a free loopback port, with a database of its own and a generated password. A
 * given DATABASE_URL takes precedence; a Postgres that already runs in `dataDir` is used, and
 * `stop` does not end it.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { databaseUrl, path, cacheDir } = readSurroundings(options.env);
  if (databaseUrl !== undefined) {
    options.onEvent?.({ service: "postgres", event: "given" });
    return { url: databaseUrl, appUrl: databaseUrl, started: false, stop: async () => {} };
  }
  const binaries = findPostgresBinaries(cacheDir);
  const folder = openServiceFolder(resolve(options.dataDir), "postgres");
  const urlOf = (port: number, name = DATABASE) =>
    `postgresql://${USER}:${folder.password}@127.0.0.1:${port}/${name}`;

  const service = await joinOrStart({
    service: "postgres",
    folder,
    urlOf,
    orphanSignal: "SIGINT",
    answers: async (port) => (await probe(urlOf(port, "postgres"))) === "ready",
    onEvent: options.onEvent,
    async start() {
      const unprivileged = await findUnprivileged(
        binaries.native,
        folder.dir,
        path,
        options.privilegeWays,
      );
      const durability = options.durability ?? "safe";
      await ensureCluster(binaries, folder, unprivileged, durability);
      const port = options.port ?? (await getPort({ host: "127.0.0.1" }));
      const server = await startGuarded({
        ...unprivileged.wrap(
          binaries.postgres,
          serverArgs(folder, port, durability, options.settings),
        ),
        cwd: "/",
        env: { LC_ALL: "C", TZ: "UTC", ...binaries.env },
        logFile: folder.logFile,
        runningFile: folder.runningFile,
        // Fast shutdown, then immediate (recovery at the next start), then the end.
        stopSignals: [
          { signal: "SIGINT", afterMs: 0 },
          { signal: "SIGQUIT", afterMs: 15_000 },
          { signal: "SIGKILL", afterMs: 5_000 },
        ],
      });
      await waitUntilReady(server, () => probe(urlOf(port, "postgres")), startFailed(folder));
      await ensureDatabase(urlOf(port, "postgres"));
      return { server, port };
    },
  });
  return { ...service, appUrl: appUrlOf(service.url, folder) };
}

/** Its password follows from the owner's, but not the other way round. */
function appUrlOf(ownerUrl: string, { password }: ServiceFolder): string {
  const url = new URL(ownerUrl);
  url.username = APP_USER;
  url.password = createHmac("sha256", password).update(APP_USER).digest("hex");
  return url.href;
}

async function ensureCluster(
  binaries: PostgresBinaries,
  folder: ServiceFolder,
  unprivileged: Unprivileged,
  durability: Durability,
): Promise<void> {
  const versionFile = join(folder.data, "PG_VERSION");
  if (existsSync(versionFile)) {
    const found = Number.parseInt(readFileSync(versionFile, "utf8"), 10);
    if (found !== binaries.majorVersion) {
      throw new LocalServicesError(
        "postgres-version-mismatch",
        `${folder.data} was created by PostgreSQL ${found}; this is PostgreSQL ${binaries.majorVersion}.`,
        "Name another data folder, or set DATABASE_URL to a server of the older version.",
      );
    }
    giveTo(unprivileged.fileOwner, folder.data);
    return;
  }
  // Created under another name and renamed: an interrupted initdb leaves nothing that looks like a
  // cluster.
  const draft = join(folder.dir, "data.new");
  const passwordFile = join(folder.dir, "password.initdb");
  rmSync(draft, { recursive: true, force: true });
  await runInitdb(binaries, folder, unprivileged, { draft, passwordFile, durability });
  renameSync(draft, folder.data);
}

async function runInitdb(
  binaries: PostgresBinaries,
  folder: ServiceFolder,
  unprivileged: Unprivileged,
  {
    draft,
    passwordFile,
    durability,
  }: {
    draft: string;
    passwordFile: string;
    durability: Durability;
  },
): Promise<void> {
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, folder.password, { mode: 0o600 });
  giveTo(unprivileged.fileOwner, draft);
  giveTo(unprivileged.fileOwner, passwordFile);
  try {
    const { command, args, ...ids } = unprivileged.wrap(binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-instructions",
      ...(durability === "fast" ? ["--no-sync"] : []),
    ]);
    const made = await runCommand(command, args, {
      cwd: "/",
      env: { LC_ALL: "C", TZ: "UTC", ...binaries.env },
      ...ids,
    });
    if (made.code === 0) return;
    throw new LocalServicesError(
      "postgres-init-failed",
      `initdb failed in ${draft}: ${(made.stderr || made.stdout).trim()}`,
      "Fix the cause, name another data folder, or set DATABASE_URL to a Postgres of your own.",
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function serverArgs(
  folder: ServiceFolder,
  port: number,
  durability: Durability,
  own: PostgresOptions["settings"],
): string[] {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "", // a socket's path may not exceed 107 bytes; TCP has no such limit
    max_connections: 200,
    shared_buffers: "256MB",
    maintenance_work_mem: "128MB",
    max_wal_size: "2GB",
    checkpoint_timeout: "15min",
    wal_level: "minimal", // one server, no replicas: a COPY into a table of its own transaction skips the log
    max_wal_senders: 0,
    max_locks_per_transaction: 256, // partitions
    timezone: "UTC",
    log_timezone: "UTC",
    ...(durability === "fast"
      ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
      : {}),
    ...own,
  };
  return [
    "-D",
    folder.data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

/** "ready", "starting" (it recovers: keep waiting), or the text of another error. */
async function probe(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // an error of the connection after the probe adds nothing
  try {
    await client.connect();
    return "ready";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "57P03" ? "starting" : String(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function startFailed(folder: ServiceFolder): (reason: string) => LocalServicesError {
  return (reason) =>
    new LocalServicesError(
      "postgres-start-failed",
      `Postgres did not start in ${folder.data}: ${reason}. Its log ends with:\n${logTail(folder)}`,
      `Fix what the log says (${folder.logFile}), name another data folder, or set DATABASE_URL.`,
    );
}
