import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertDatabaseSuits, migrate, openStore, ping } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startApiProcess } from "../../support/api-process.js";
import { runCli } from "../../support/cli.js";
import { eventually } from "../../support/jobs.js";
import { forkProgram } from "../../support/node-process.js";
import { type Presented, startTlsServers, type TlsServers } from "../../support/tls-servers.js";

vi.setConfig({ testTimeout: 540_000, hookTimeout: 540_000 });

const MIGRATIONS = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const WORKER = fileURLToPath(new URL("../../../apps/worker/dist/main.js", import.meta.url));

/** What a server presents, and what is said of it: what is wrong, then what to change. */
const REFUSED: [Presented, RegExp][] = [
  ["expired", /has expired \(CERT_HAS_EXPIRED\): renew it/],
  ["early", /is not valid yet \(CERT_NOT_YET_VALID\): correct the clock/],
  ["otherHost", /for other names than the host of \w+_URL \(ERR_TLS_\w+\): write a name/],
  ["selfSigned", /signs itself.* \(DEPTH_ZERO_SELF_SIGNED_CERT\): name the file of its authority/],
  ["stranger", /authority that is not known here \(UNABLE_TO_\w+\): name the file/],
];

let servers: TlsServers;
/** Postgres by TLS, its authority known; Redis without. */
let postgresByTls: Record<string, string>;
/** The other way round. */
let redisByTls: Record<string, string>;

beforeAll(async () => {
  servers = await startTlsServers();
  await migrate(servers.plain.databaseUrl, MIGRATIONS);
  const database = new URL(servers.databaseUrl);
  database.searchParams.set("sslrootcert", servers.authorityFile);
  const STORAGE_DIR = join(servers.folder, "storage");
  postgresByTls = {
    DATABASE_URL: database.href,
    REDIS_URL: servers.plain.redisUrl,
    STORAGE_DIR,
  };
  redisByTls = {
    DATABASE_URL: servers.plain.databaseUrl,
    REDIS_URL: servers.redisUrl,
    NODE_EXTRA_CA_CERTS: servers.authorityFile,
    STORAGE_DIR,
  };
});
afterAll(() => servers.close());

const startWorker = (env: Record<string, string>, until = "ready") =>
  forkProgram<{ why?: string; needsAction?: boolean }>(
    WORKER,
    { WORKER_ROLES: "cpu,orchestrator", ...env },
    until,
  );

async function doctor(env: Record<string, string>, name: string) {
  const { stdout } = await runCli(["doctor", "--json"], { env });
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; status: string; found: string; fix: string | null }[];
  };
  const found = checks.find((check) => check.name === name);
  return { status: found?.status, text: `${found?.found}: ${found?.fix}` };
}

async function readiness(url: string) {
  const answer = await fetch(`${url}/readyz`);
  const { checks } = (await answer.json()) as { checks: { name: string; detail: string | null }[] };
  return {
    status: answer.status,
    of: (name: string) => checks.find((one) => one.name === name)?.detail,
  };
}

describe("a certificate of Postgres", () => {
  it("that holds lets in migrate, the API and a worker", async () => {
    await servers.present("good");
    expect((await runCli(["migrate"], { env: postgresByTls })).stdout).toBe("up to date\n");
    const api = await startApiProcess(postgresByTls);
    const worker = await startWorker(postgresByTls);
    await eventually("the API to be ready", async () => (await readiness(api.url)).status === 200);
    await Promise.all([api.stop(), worker.stop()]);
    expect(await doctor(postgresByTls, "postgres")).toMatchObject({ status: "ok" });
  });

  it.each(REFUSED)("that is %s ends migrate at once, and doctor says it", async (which, says) => {
    await servers.present(which);
    const [migrated, found] = await Promise.all([
      runCli(["migrate"], { env: postgresByTls }),
      doctor(postgresByTls, "postgres"),
    ]);
    expect([migrated.code, migrated.stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(migrated.stderr).toMatch(
      /^error {2}database-certificate: 127\.0\.0\.1:\d+: Postgres has a certificate/,
    );
    expect(found).toEqual({ status: "problem", text: expect.stringMatching(says) });
    const store = openStore({
      databaseUrl: postgresByTls.DATABASE_URL!,
      applicationName: "test",
    });
    try {
      await expect(assertDatabaseSuits(store)).rejects.toThrow(says);
      await expect(ping(store)).rejects.toMatchObject({ code: "not-ready" });
    } finally {
      await store.close();
    }
  });

  it("that does not hold ends API and worker at their start", async () => {
    await servers.present("expired");
    const says = /The settings are invalid:\s+Postgres has a certificate that has expired/;
    await Promise.all([
      expect(startApiProcess(postgresByTls)).rejects.toThrow(says),
      expect(startWorker(postgresByTls)).rejects.toThrow(says),
    ]);
  });

  it("that expires while the API runs is a 503 that says so, until it is renewed", async () => {
    await servers.present("good");
    const api = await startApiProcess(postgresByTls);
    try {
      await servers.present("expired");
      await servers.disconnectAll();
      const says = /^Postgres has a certificate that has expired \(CERT_HAS_EXPIRED\): renew it/;
      await eventually("the API not to be ready", async () => {
        const { status, of } = await readiness(api.url);
        return status === 503 && says.test(String(of("postgres")));
      });
      for (const path of [
        "/v1/datasets",
        "/v1/jobs",
        "/v1/prunings/pr_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59",
      ]) {
        const answer = await fetch(api.url + path);
        const { code, detail } = (await answer.json()) as { code: string; detail: string };
        expect([path, answer.status, code]).toEqual([path, 503, "not-ready"]);
        expect(detail).toMatch(/^Postgres (has a certificate|cannot be connected to with TLS).*: /);
      }
      await servers.present("good");
      await eventually(
        "it to be ready again",
        async () => (await readiness(api.url)).status === 200,
      );
    } finally {
      await api.stop();
    }
  });

  it("in a file that is not there is a sentence, and so is a server without TLS", async () => {
    const url = new URL(postgresByTls.DATABASE_URL!);
    url.searchParams.set("sslrootcert", join(servers.folder, "missing.crt"));
    const env = { ...postgresByTls, DATABASE_URL: url.href };
    const missing = /names a file by sslrootcert that cannot be read: ENOENT.*missing\.crt/;
    await expect(startApiProcess(env)).rejects.toThrow(missing);
    await expect(startWorker(env)).rejects.toThrow(missing);
    const migrated = await runCli(["migrate"], { env });
    expect([migrated.code, migrated.stderr]).toEqual([1, expect.stringMatching(missing)]);
    expect(migrated.stderr).not.toContain("    at ");
    expect((await doctor(env, "postgres")).text).toMatch(missing);

    await servers.speakTls(false);
    const none = /Postgres speaks no TLS, and DATABASE_URL demands it: set ssl to on/;
    await expect(startApiProcess(postgresByTls)).rejects.toThrow(none);
    expect((await runCli(["migrate"], { env: postgresByTls })).stderr).toMatch(none);
    await servers.speakTls(true);
  });
});

describe("a certificate of Redis", () => {
  it("that holds lets in the API and a worker", async () => {
    await servers.present("good");
    const api = await startApiProcess(redisByTls);
    const worker = await startWorker(redisByTls);
    await eventually("the API to be ready", async () => (await readiness(api.url)).status === 200);
    await Promise.all([api.stop(), worker.stop()]);
    expect(await doctor(redisByTls, "redis")).toMatchObject({ status: "ok" });
  });

  it.each(REFUSED)("that is %s is said by doctor", async (which, says) => {
    await servers.present(which);
    const found = await doctor(redisByTls, "redis");
    expect(found).toEqual({ status: "problem", text: expect.stringMatching(says) });
  });

  it("that does not hold is said at once by API and worker, and once it is renewed they are ready", async () => {
    await servers.present("expired");
    const says = /Redis has a certificate that has expired \(CERT_HAS_EXPIRED\): renew it/;
    const [api, worker] = await Promise.all([
      startApiProcess(redisByTls),
      startWorker(redisByTls, "waiting"),
    ]);
    try {
      expect(worker.ready).toMatchObject({ why: expect.stringMatching(says), needsAction: true });
      const { status, of } = await readiness(api.url);
      expect([status, of("redis")]).toEqual([503, expect.stringMatching(says)]);
      const begun = new Promise<void>((resolve) => {
        worker.child.on("message", (message) => {
          if ((message as { type?: unknown }).type === "ready") resolve();
        });
      });
      await servers.present("good");
      await begun;
      await eventually(
        "the API to be ready",
        async () => (await readiness(api.url)).status === 200,
      );
    } finally {
      await Promise.all([api.stop(), worker.stop()]);
    }
  });

  it("is not what a port without TLS has, and a port with TLS takes no other", async () => {
    await servers.present("good");
    const { redisUrl } = servers.plain;
    const withTls = { ...redisByTls, REDIS_URL: redisUrl.replace("redis://", "rediss://") };
    const without = { ...redisByTls, REDIS_URL: servers.redisUrl.replace("rediss://", "redis://") };
    const [one, other] = await Promise.all([withTls, without].map((env) => doctor(env, "redis")));
    expect(one).toMatchObject({
      status: "problem",
      text: expect.stringContaining("takes redis://"),
    });
    expect(other).toMatchObject({
      status: "problem",
      text: expect.stringContaining("takes rediss://"),
    });
  });
});
