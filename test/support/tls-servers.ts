import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, startRedis } from "@winnow/local-services";
import { Redis } from "ioredis";
import pg from "pg";
import { generate } from "selfsigned";
import { freePort } from "./free-port.js";

const DAY_MS = 86_400_000;
const HOST = "127.0.0.1";

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a server may present; all but two are signed by the test's authority, for 127.0.0.1. */
export type Presented = "good" | "expired" | "early" | "otherHost" | "selfSigned" | "stranger";

const names = (ip: string) => ({
  name: "subjectAltName" as const,
  altNames: [{ type: 7 as const, ip }],
});

async function certificate(
  from: Date,
  ip = HOST,
  authority?: Certificate,
  isAuthority = false,
): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: `test ${ip} ${from.getTime()}` }], {
    algorithm: "sha256",
    notBeforeDate: from,
    notAfterDate: new Date(from.getTime() + 10 * DAY_MS),
    extensions: [names(ip), { name: "basicConstraints", cA: isAuthority, critical: true }],
    ...(authority ? { ca: authority } : {}),
  });
  return { cert: made.cert, key: made.private };
}

async function certificates() {
  const [yesterday, longAgo, later] = [-1, -60, 30].map(
    (days) => new Date(Date.now() + days * DAY_MS),
  );
  const [authority, stranger] = await Promise.all([
    certificate(yesterday!, "127.0.0.9", undefined, true),
    certificate(yesterday!, "127.0.0.8", undefined, true),
  ]);
  const [good, expired, early, otherHost, selfSigned, ofStranger] = await Promise.all([
    certificate(yesterday!, HOST, authority),
    certificate(longAgo!, HOST, authority),
    certificate(later!, HOST, authority),
    certificate(yesterday!, "127.0.0.7", authority),
    certificate(yesterday!, HOST),
    certificate(yesterday!, HOST, stranger),
  ]);
  const presented: Record<Presented, Certificate> = {
    good: good!,
    expired: expired!,
    early: early!,
    otherHost: otherHost!,
    selfSigned: selfSigned!,
    stranger: ofStranger!,
  };
  return { authority: authority!, presented };
}

/** A Postgres and a Redis that speak TLS, with certificates of an authority of the test's own. */
export interface TlsServers {
  readonly folder: string;
  /** The certificate of the authority. */
  readonly authorityFile: string;
  /** Demands TLS, and trusts nothing by itself. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Without TLS, which both speak as well. */
  readonly plain: { readonly databaseUrl: string; readonly redisUrl: string };
  /** From now on both present this certificate to new connections. */
  present(which: Presented): Promise<void>;
  /** Ends all connections to the database but its own. */
  disconnectAll(): Promise<void>;
  /** Postgres answers that it speaks no TLS, or speaks it again. */
  speakTls(does: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startTlsServers(): Promise<TlsServers> {
  const folder = mkdtempSync(join(tmpdir(), "winnow-tls-"));
  const options = { dataDir: join(folder, "servers"), durability: "fast" } as const;
  const [postgres, redis, { authority, presented }, tlsPort] = await Promise.all([
    startPostgres(options),
    startRedis(options),
    certificates(),
    freePort(),
  ]);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  const redisAdmin = new Redis(redis.url);
  const { rows } = await admin.query<{ data_directory: string }>("SHOW data_directory");
  const data = rows[0]!.data_directory;
  const { uid, gid } = statSync(join(data, "PG_VERSION"));
  for (const [which, { cert, key }] of Object.entries(presented)) {
    writeFileSync(join(folder, `${which}.crt`), cert);
    writeFileSync(join(folder, `${which}.key`), key, { mode: 0o600 });
    // Postgres wants its key to be its own user's.
    for (const [ending, text] of [
      ["crt", cert],
      ["key", key],
    ] as const) {
      const file = join(data, `${which}.${ending}`);
      writeFileSync(file, text, { mode: 0o600 });
      chownSync(file, uid, gid);
    }
  }
  const authorityFile = join(folder, "authority.crt");
  writeFileSync(authorityFile, authority.cert);
  const set = async (settings: Record<string, string>) => {
    for (const [name, value] of Object.entries(settings)) {
      await admin.query(`ALTER SYSTEM SET ${name} = ${admin.escapeLiteral(value)}`);
    }
    await admin.query("SELECT pg_reload_conf()");
  };
  const present = async (which: Presented) => {
    const [cert, key] = [join(folder, `${which}.crt`), join(folder, `${which}.key`)];
    await set({ ssl: "on", ssl_cert_file: `${which}.crt`, ssl_key_file: `${which}.key` });
    const now = { "tls-cert-file": cert, "tls-key-file": key, "tls-auth-clients": "no" };
    await redisAdmin.config("SET", ...(Object.entries(now).flat() as [string, string]));
  };
  await present("good");
  // Redis asks for the authority of clients' certificates even where it wants none.
  await redisAdmin.config("SET", "tls-ca-cert-file", authorityFile, "tls-port", String(tlsPort));
  const database = new URL(postgres.url);
  database.searchParams.set("sslmode", "verify-full");
  return {
    folder,
    authorityFile,
    databaseUrl: database.href,
    redisUrl: `rediss://:${new URL(redis.url).password}@${HOST}:${tlsPort}`,
    plain: { databaseUrl: postgres.url, redisUrl: redis.url },
    present,
    async disconnectAll() {
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      );
    },
    speakTls: (does) => set({ ssl: does ? "on" : "off" }),
    async close() {
      await admin.end();
      redisAdmin.disconnect();
      await Promise.all([postgres.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
