import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalServicesError, type ServiceEvent, startRedis } from "@winnow/local-services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-redis-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without redis-server on PATH a copy from the distribution's packages serves, or one error says how to install it", async () => {
  const env = { PATH: pathWithoutRedis(), XDG_CACHE_HOME: join(folder, "cache") };
  const outcome = await serve("first", env);
  if (outcome instanceof LocalServicesError) {
    expectInstallLines(outcome);
    expect(canDownload(env.PATH)).toBe(false); // the error is right only where nothing can be fetched
    return;
  }
  expect(outcome.pong).toBe("PONG");
  expect(outcome.events).toContain("unpacking");
  expect(existsSync(join(folder, "cache", "winnow", "redis-server", "usr", "bin"))).toBe(true);

  const again = await serve("second", env);
  expect(again).toMatchObject({ pong: "PONG", events: ["started", "stopped"] });
});

test("without any tool to fetch it, the error names the lines for apt, brew and docker", async () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const outcome = await serve("third", { PATH: empty, XDG_CACHE_HOME: join(folder, "no-cache") });
  expect(outcome).toBeInstanceOf(LocalServicesError);
  expectInstallLines(outcome as LocalServicesError);
});

function expectInstallLines(error: LocalServicesError): void {
  expect(error.code).toBe("redis-missing");
  expect(error.message).toContain("apt-get install -y redis-server");
  expect(error.message).toContain("brew install redis");
  expect(error.message).toContain("docker run");
}

async function serve(name: string, env: { PATH: string; XDG_CACHE_HOME: string }) {
  const events: ServiceEvent["event"][] = [];
  try {
    const service = await startRedis({
      dataDir: join(folder, name),
      env,
      onEvent: ({ event }) => events.push(event),
    });
    const redis = new Redis(service.url);
    const pong = await redis.ping();
    redis.disconnect();
    await service.stop();
    return { pong, events };
  } catch (error) {
    if (error instanceof LocalServicesError) return error;
    throw error;
  }
}

/** A folder with links to all programs of the search path, but for the servers. */
function pathWithoutRedis(): string {
  const links = join(folder, "bin");
  mkdirSync(links);
  for (const dir of (process.env.PATH ?? "").split(":").filter((entry) => existsSync(entry))) {
    for (const name of readdirSync(dir)) {
      const isServer = name.startsWith("redis-") || name.startsWith("valkey-");
      if (!isServer && !existsSync(join(links, name))) {
        rmSync(join(links, name), { force: true });
        symlinkSync(join(dir, name), join(links, name));
      }
    }
  }
  return links;
}

function canDownload(path: string): boolean {
  const cwd = mkdtempSync(join(folder, "download-"));
  return (
    spawnSync("apt-get", ["download", "redis-server"], { cwd, env: { PATH: path } }).status === 0
  );
}
