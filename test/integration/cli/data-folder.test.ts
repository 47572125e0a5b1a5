import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type CliProcess,
  descendants,
  runCli,
  startCli,
  stillAlive,
  written,
} from "../../support/cli.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let dir: string;
let data: string;
const running: CliProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-lock-"));
  data = join(dir, "data");
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.child.kill("SIGTERM");
    await one.ended;
  }
  rmSync(dir, { recursive: true, force: true });
});

const UP = ["up", "--port", "0", "--trainers", "1"];
const lockFile = () => join(data, "running.json");
const holder = () => JSON.parse(readFileSync(lockFile(), "utf8")) as Record<string, unknown>;

async function up(): Promise<{ cli: CliProcess; url: string }> {
  const cli = startCli([...UP, "--data", data]);
  running.push(cli);
  const [, url = ""] = await written(cli, /^listening on (\S+)$/m);
  return { cli, url };
}

describe("a data folder", () => {
  it("has one service: a second one is refused and told who holds it, and the first one stays", async () => {
    const { cli, url } = await up();
    expect(cli.stderr()).toContain(`data in ${data}\n`);
    await vi.waitFor(() => expect(cli.stderr()).toMatch(/the data take \d+\.\d MB\n/));
    for (const args of [UP, ["demo", "--out", join(dir, "out")]]) {
      const { code, stdout, stderr } = await runCli([...args, "--data", data]);
      expect([code, stdout.includes("listening")]).toEqual([1, false]);
      expect(stderr).toContain(
        `error  data-folder-in-use: ${data} is in use by process ${cli.child.pid}`,
      );
      expect(stderr).toMatch(/since \d{4}-\d\d-\d\dT\d\d:\d\d/);
      expect(stderr).toContain(`at ${url}`);
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    // Commands that only join its database still do.
    expect((await runCli(["keys", "list", "--data", data])).code).toBe(0);
  });

  it("is free again after its service has ended, in order or killed", async () => {
    const first = await up();
    first.cli.child.kill("SIGINT");
    expect(await first.cli.ended).toBe(0);
    expect(existsSync(lockFile())).toBe(false);
    const killed = await up();
    const below = descendants(killed.cli.child.pid ?? 0);
    killed.cli.child.kill("SIGKILL");
    await killed.cli.ended;
    expect(holder()).toMatchObject({ pid: killed.cli.child.pid, url: killed.url });
    await stillAlive(below, 20_000);
    const next = await up();
    expect(holder()).toMatchObject({ pid: next.cli.child.pid, url: next.url });
  });

  it("of another machine is held while its service touches the lock, and no longer", async () => {
    mkdirSync(data);
    const elsewhere = {
      ...{ pid: process.pid, startedAt: "1", host: "node-7", machine: "node-7 boot pid:[1]" },
      ...{ since: "2026-11-01T08:00:00.000Z", url: "http://10.0.0.7:8080", token: "t" },
    };
    writeFileSync(lockFile(), JSON.stringify(elsewhere));
    const refused = await runCli([...UP, "--data", data]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `process ${process.pid} on node-7, since 2026-11-01T08:00:00.000Z`,
    );
    expect(refused.stderr).toContain("http://10.0.0.7:8080");
    expect(refused.stderr).toContain("try again in 20 s");
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(lockFile(), minuteAgo, minuteAgo);
    const { cli } = await up();
    expect(holder()).toMatchObject({ pid: cli.child.pid });
  });

  it("whose lock was cut short by a full disk, or is of a process whose number was given again, is free", async () => {
    mkdirSync(data);
    writeFileSync(lockFile(), '{"pid": 1');
    const old = new Date(Date.now() - 5_000);
    utimesSync(lockFile(), old, old);
    const { cli } = await up();
    const lock = holder();
    cli.child.kill("SIGTERM");
    await cli.ended;
    writeFileSync(lockFile(), JSON.stringify({ ...lock, pid: process.pid, startedAt: "7" }));
    const { cli: next } = await up();
    expect(holder()).toMatchObject({ pid: next.child.pid });
  });

  it("that was taken away ends its service, and says who has it", async () => {
    const { cli } = await up();
    writeFileSync(lockFile(), JSON.stringify({ ...holder(), token: "other", pid: 4242 }));
    expect(await cli.ended).toBe(1);
    expect(cli.stderr()).toMatch(/data-folder-lost: .*process 4242/);
    expect(holder()).toMatchObject({ token: "other" });
  });

  it("that cannot be written is named", async () => {
    writeFileSync(data, "a file");
    const { code, stderr } = await runCli([...UP, "--data", data]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error {2}data-folder-unusable: The data folder .*data cannot be used/);
  });

  it.each([
    ["an empty folder", undefined],
    ["one that a dead process has left", { pid: 2 ** 22, startedAt: "1" }],
  ])("is taken by exactly one of many who come at once: %s", async (_, dead) => {
    if (dead !== undefined) {
      const { cli } = await up();
      const lock = holder();
      cli.child.kill("SIGTERM");
      await cli.ended;
      writeFileSync(lockFile(), JSON.stringify({ ...lock, ...dead }));
    }
    const all = Array.from({ length: 4 }, () => startCli([...UP, "--data", data]));
    running.push(...all);
    const refused: CliProcess[] = [];
    await Promise.all(
      all.map(async (cli) => {
        const listening = written(cli, /^listening on/m).then(
          () => true,
          () => false,
        );
        if (!(await listening)) refused.push(cli);
      }),
    );
    expect(refused).toHaveLength(3);
    for (const cli of refused) expect(cli.stderr()).toContain("data-folder-in-use");
  });
});
