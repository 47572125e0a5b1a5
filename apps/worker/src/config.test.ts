import { ConfigError } from "@winnow/contracts";
import { expect, it } from "vitest";
import { readConfig } from "./config.js";

const NEEDED = { DATABASE_URL: "postgres://localhost/w", REDIS_URL: "redis://localhost" };

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

it("requires only the two addresses; every role is on", () => {
  const config = readConfig(NEEDED);
  expect([...config.roles].sort()).toEqual(["cpu", "orchestrator", "trainer"]);
  expect(config).toMatchObject({
    trainerConcurrency: null,
    lockDurationMs: 60_000,
    ingestRoot: null,
    healthPort: null,
  });
  expect(config.storageDir).toMatch(/^\/.*\.winnow\/storage$/);
});

it("TRAINER_CONCURRENCY is a number of folds, or one a core", () => {
  expect(readConfig({ ...NEEDED, TRAINER_CONCURRENCY: "3" }).trainerConcurrency).toBe(3);
  expect(readConfig({ ...NEEDED, TRAINER_CONCURRENCY: "cores" }).trainerConcurrency).toBe("cores");
  for (const [value, must] of [
    ["0", "must be between 1 and 1024"],
    ["all", "must be a whole number between 1 and 1024, or `cores`"],
  ]) {
    const faults = faultsOf({ ...NEEDED, TRAINER_CONCURRENCY: value });
    expect(faults).toEqual([`TRAINER_CONCURRENCY: ${must}`]);
  }
});

it("an empty variable counts as unset", () => {
  expect(readConfig({ ...NEEDED, INGEST_ROOT: "", WORKER_ROLES: "" }).ingestRoot).toBeNull();
});

it("all faults are reported at once", () => {
  const faults = faultsOf({
    DATABASE_URL: "mysql://x",
    WORKER_ROLES: "trainer,cook",
    CPU_CONCURRENCY: "many",
    LOG_LEVEL: "loud",
  });
  const named = faults.map((fault) => fault.split(/[.:]/)[0]);
  expect(named.sort()).toEqual([
    "CPU_CONCURRENCY",
    "DATABASE_URL",
    "LOG_LEVEL",
    "REDIS_URL",
    "WORKER_ROLES",
  ]);
});

it("a lock shorter than a takeover is refused", () => {
  expect(faultsOf({ ...NEEDED, LOCK_DURATION_MS: "20000" })).toEqual([
    "STALE_AFTER_MS: must be at most half of LOCK_DURATION_MS",
  ]);
});

it("a worker for one delivery runs one task at a time, and needs a role that takes tasks", () => {
  const env = { ...NEEDED, TRAINER_CONCURRENCY: "4", CPU_CONCURRENCY: "4" };
  expect(readConfig(env, { once: true })).toMatchObject({
    trainerConcurrency: 1,
    cpuConcurrency: 1,
    onceIdleMs: 60_000,
  });
  const orchestrator = { ...NEEDED, WORKER_ROLES: "orchestrator" };
  expect(() => readConfig(orchestrator, { once: true })).toThrow("WORKER_ROLES: with --once");
  expect(readConfig(orchestrator).once).toBe(false);
});
