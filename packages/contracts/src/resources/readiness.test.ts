import { expect, it } from "vitest";
import { AppError } from "../errors/errors.js";
import { runReadinessChecks } from "./readiness.js";

const fails = (error: Error) => () => Promise.reject(error);

it("shows the code of an error and nothing of its message, which it reports", async () => {
  const faults: unknown[] = [];
  const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7"), {
    code: "ECONNREFUSED",
  });
  const report = await runReadinessChecks(
    [
      { name: "redis", run: async () => "PONG" },
      { name: "postgres", run: fails(refused) },
      { name: "storage", run: fails(new Error("/srv/secret")) },
      { name: "trainers", run: fails(new AppError("not-ready", "trainers die at once")) },
    ],
    (error, name) => faults.push([name, error]),
  );
  expect(report.ready).toBe(false);
  expect(report.checks).toEqual([
    { name: "redis", ok: true, detail: null },
    { name: "postgres", ok: false, detail: "ECONNREFUSED" },
    { name: "storage", ok: false, detail: "does not answer" },
    { name: "trainers", ok: false, detail: "trainers die at once" },
  ]);
  expect(faults).toHaveLength(3);
  expect(faults[0]).toEqual(["postgres", refused]);
});

it("does not wait longer than two seconds for a check that hangs", async () => {
  const hangs = { name: "postgres", run: () => new Promise(() => {}) };
  const startedAt = performance.now();
  expect(await runReadinessChecks([hangs], () => {})).toEqual({
    ready: false,
    checks: [{ name: "postgres", ok: false, detail: "does not answer" }],
  });
  expect(performance.now() - startedAt).toBeGreaterThan(1_900);
});

it("is ready without what can wait, unless a person has to change something", async () => {
  const redis = (error: Error) => ({ name: "redis", canWait: true as const, run: fails(error) });
  const down = await runReadinessChecks([redis(new Error("refused"))], () => {});
  expect([down.ready, down.checks[0]?.ok]).toEqual([true, false]);
  const unfit = await runReadinessChecks([redis(new AppError("not-ready", "evicts"))], () => {});
  expect([unfit.ready, unfit.checks[0]?.detail]).toEqual([false, "evicts"]);
});
