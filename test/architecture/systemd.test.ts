import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API_SETTINGS, readConfig as readApiConfig } from "@winnow/api";
import { readConfig as readWorkerConfig, WORKER_SETTINGS } from "@winnow/worker";
import { describe, expect, it } from "vitest";
import { root } from "./source-files.js";

const folder = join(root, "infra/systemd");
const SERVICES = { DATABASE_URL: "postgresql://w@127.0.0.1/w", REDIS_URL: "redis://127.0.0.1" };
/** The largest values that the settings take, in seconds. */
const LARGEST_DRAIN_S = 60;
const API_GRACE_S = 9;

/** `Key=value` lines of a unit; a key may come several times. */
function readUnit(name: string): (key: string) => string[] {
  const lines = readFileSync(join(folder, name), "utf8").split("\n");
  return (key) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

describe.each(readdirSync(folder))("%s", (name) => {
  const unit = readUnit(name);

  it("starts a program that the build makes, in the installed clone, as a user without rights", () => {
    const [, program = ""] = /^\/usr\/bin\/node (\S+)/.exec(unit("ExecStart")[0] ?? "") ?? [];
    const source = program.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
    expect(existsSync(join(root, source)), program).toBe(true);
    expect(unit("WorkingDirectory")).toEqual(["/opt/winnow"]);
    expect(unit("User")).toEqual(["winnow"]);
    expect(unit("NoNewPrivileges")).toEqual(["yes"]);
  });

  it("reads the common settings, and sets only variables that the program reads", () => {
    expect(unit("EnvironmentFile")).toContain("/etc/winnow/winnow.env");
    const settings = name.includes("worker") ? WORKER_SETTINGS : API_SETTINGS;
    const names = unit("Environment").map((line) => line.split("=")[0]!);
    expect(Object.keys(settings.shape)).toEqual(expect.arrayContaining(names));
  });
});

describe("stopping", () => {
  it("waits for the API's longest drain and its open requests", () => {
    expect(() =>
      readApiConfig({ ...SERVICES, DRAIN_MS: `${LARGEST_DRAIN_S * 1000 + 1}` }),
    ).toThrow();
    const [timeout] = readUnit("winnow-api.service")("TimeoutStopSec");
    expect(Number(timeout)).toBeGreaterThan(LARGEST_DRAIN_S + API_GRACE_S);
  });

  it("waits for the worker to hand back its tasks, and leaves its children to it", () => {
    const unit = readUnit("winnow-worker@.service");
    const { shutdownGraceMs } = readWorkerConfig({ ...SERVICES });
    expect(Number(unit("TimeoutStopSec")[0]) * 1000).toBeGreaterThan(shutdownGraceMs);
    expect(unit("KillMode")).toEqual(["mixed"]);
  });

  it("starts API and workers after the migration", () => {
    for (const name of ["winnow-api.service", "winnow-worker@.service"]) {
      expect(readUnit(name)("Requires")).toEqual(["winnow-migrate.service"]);
      expect(readUnit(name)("After")[0]).toContain("winnow-migrate.service");
    }
  });
});
