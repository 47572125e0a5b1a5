import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import {
  type CliProcess,
  descendants,
  runCli,
  startCli,
  stillAlive,
  written,
} from "../../support/cli.js";
import { eventually } from "../../support/jobs.js";
import { type KillableServices, startKillableServices } from "../../support/killable-services.js";

vi.setConfig({ testTimeout: 540_000, hookTimeout: 360_000 });

const cliMain = fileURLToPath(new URL("../../../apps/cli/dist/main.js", import.meta.url));
const UP = ["up", "--port", "0", "--trainers", "1"];

let services: KillableServices;
let folder: string;
const running: CliProcess[] = [];

beforeAll(async () => {
  services = await startKillableServices();
  folder = mkdtempSync(join(tmpdir(), "winnow-up-"));
});

afterEach(async () => {
  for (const one of running.splice(0)) {
    one.child.kill("SIGTERM");
    await one.ended;
  }
});

afterAll(async () => {
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

const given = () => ({ DATABASE_URL: services.postgres.url, REDIS_URL: services.redis.url });

async function up(name: string, env: Record<string, string>): Promise<CliProcess> {
  const cli = startCli([...UP, "--data", join(folder, name)], { env });
  running.push(cli);
  await written(cli, /^listening on \S+$/m);
  return cli;
}

it("a given Postgres that goes away: it says so, waits for a restart, and ends without one", async () => {
  const cli = await up("given", given());
  const children = descendants(cli.child.pid as number);
  await services.postgres.kill();
  await eventually("it to say so", () => /^postgres: \w+$/m.test(cli.stderr()));
  await services.postgres.start();
  await eventually("it to say that all is well", () =>
    cli.stderr().includes("postgres is well again"),
  );
  await services.postgres.kill();
  expect(await cli.ended).toBe(1);
  expect(cli.stderr()).toMatch(
    /error {2}postgres-gone: Postgres at 127\.0\.0\.1:\d+ has not answered for 30 s/,
  );
  expect(await stillAlive(children)).toEqual([]);
  await services.postgres.start();
});

it("its own Postgres that goes away ends it at once", async () => {
  const cli = await up("own", { REDIS_URL: services.redis.url });
  const own = descendants(cli.child.pid as number);
  const mark = JSON.parse(readFileSync(join(folder, "own", "postgres", "running.json"), "utf8"));
  process.kill((mark as { server: { pid: number } }).server.pid, "SIGKILL");
  expect(await cli.ended).toBe(1);
  expect(cli.stderr()).toContain(
    "error  postgres-ended: postgres stopped (it was ended by SIGKILL)",
  );
  expect(await stillAlive(own)).toEqual([]);
});

it("a given Redis that does not suit ends it at once, with what to change", async () => {
  const url = new URL(services.redis.url);
  url.pathname = "/99";
  const env = { ...given(), REDIS_URL: url.href };
  const { code, stderr } = await runCli([...UP, "--data", join(folder, "given")], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /worker-not-ready: The worker cannot start: redis: Redis has no database 99/,
  );
});

/** The stranger may read the program, also where it lies below a folder of root's alone. */
const MAY_READ = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];

/** A user that no list of users has, as `docker run --user 54321` makes one. */
const BECOME_STRANGER =
  process.getuid?.() === 0
    ? ["/usr/bin/setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", ...MAY_READ]
    : ["/usr/bin/unshare", "--user", "--map-user=54321", "--map-group=54321"];

function asStranger(name: string, env: Record<string, string>) {
  const data = join(folder, name);
  chmodSync(folder, 0o777);
  const [command = "", ...args] = [
    ...BECOME_STRANGER,
    ...[process.execPath, cliMain, ...UP, "--data", data],
  ];
  const { PATH = "" } = process.env;
  return spawnSync(command, args, { env: { PATH, ...env }, encoding: "utf8", timeout: 60_000 });
}

it("a user without an entry in the list of users is told the way out", () => {
  const homeless = asStranger("homeless", {});
  expect(homeless.status).toBe(1);
  expect(homeless.stderr).toMatch(/^error {2}user-unknown: HOME is not set, and user id 54321 /m);
  // Where namespaces are not allowed, as in most containers, initdb cannot be helped.
  const home = join(folder, "no-tools");
  const stuck = asStranger("stuck", {
    HOME: home,
    PATH: "/nonexistent",
    REDIS_URL: services.redis.url,
  });
  expect(stuck.status).toBe(1);
  expect(stuck.stderr).toMatch(/^error {2}user-unknown: User id 54321 has no entry in /m);
  expect(stuck.stderr).toMatch(/docker run --user[\s\S]*>> \/etc\/passwd[\s\S]*DATABASE_URL/);
});
