import { describe, expect, it } from "vitest";
import { descendants, runCli, startCli, stillAlive } from "../../support/cli.js";

interface Report {
  readonly backend: string;
  readonly available: boolean;
  readonly version: string | null;
  readonly device: string | null;
  readonly reason: string | null;
  readonly howToGet: string;
}

describe("winnow backends", () => {
  it("--json lists four backends: installed ones with version and device, the others with the reason", async () => {
    const { code, stdout, stderr } = await runCli(["backends", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { auto, backends }: { auto: string; backends: Report[] } = JSON.parse(stdout);
    expect(backends.map(({ backend }) => backend)).toEqual([
      "tfjs-node-gpu",
      "tfjs-node",
      "wasm",
      "webgpu",
    ]);
    expect(backends.find(({ available }) => available)?.backend).toBe(auto);
    for (const { available, version, device, reason, howToGet } of backends) {
      expect([version !== null, device !== null, reason === null]).toEqual(
        Array(3).fill(available),
      );
      expect(howToGet).toMatch(/^npm /);
    }
    const wasm = backends.find(({ backend }) => backend === "wasm");
    expect(wasm).toMatchObject({ available: true, device: "cpu (wasm, one thread)" });
    // No test machine has a graphics card, and one must never be promised.
    const webgpu = backends.find(({ backend }) => backend === "webgpu");
    expect(webgpu?.reason).toMatch(
      /^(Cannot find package 'webgpu'|Dawn finds no|the only adapter)/,
    );
  });

  it("as text: a line each, the way to get what is absent, and which one auto takes", async () => {
    const { code, stdout } = await runCli(["backends"], { env: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ wasm +tfjs-backend-wasm \d+\.\d+\.\d+ on cpu/m);
    expect(stdout.match(/taken by auto/g)).toHaveLength(1);
    expect(stdout).toMatch(/^✗ webgpu .*\n +to get it: npm install /m);
  });

  it("BACKEND_PROBE_MS is how long each may take; another value than a number of them is refused", async () => {
    const env = { BACKEND_PROBE_MS: "100" };
    const { stdout } = await runCli(["backends", "--json"], { env });
    const { auto, backends }: { auto: null; backends: Report[] } = JSON.parse(stdout);
    expect(auto).toBeNull();
    for (const { reason } of backends) expect(reason).toContain("had no answer after 0.1 s");
    const refused = await runCli(["backends"], { env: { BACKEND_PROBE_MS: "an hour" } });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("BACKEND_PROBE_MS: must be a whole number");
  });

  it("leaves no process behind when it is killed", async () => {
    const cli = startCli(["backends"]);
    const pid = cli.child.pid as number;
    let below: number[] = [];
    for (let tries = 0; tries < 400 && below.length < 5; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      below = descendants(pid);
    }
    // The program that asks, and a process for each of four backends.
    expect(below).toHaveLength(5);
    cli.child.kill("SIGKILL");
    await cli.ended;
    expect(await stillAlive(below, 30_000)).toEqual([]);
  });
});
