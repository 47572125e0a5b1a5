import { expect, it } from "vitest";
import { AppError } from "../errors/errors.js";
import { runReadinessChecks } from "./readiness.js";

const fails = (error: Error) => () => Promise.reject(error);

it("shows the code of an error and nothing of its message, which it reports", async () => {
  const faults: unknown[] = [];
  const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7"), {
    code: "ECONNREFUSED",
  });
  const results = await runReadinessChecks(
    [
      { name: "redis", run: async () => "PONG" },
      { name: "postgres", run: fails(refused) },
      { name: "storage", run: fails(new Error("/srv/secret")) },
      { name: "trainers", run: fails(new AppError("not-ready", "trainers die at once")) },
    ],
    (error, name) => faults.push([name, error]),
  );
  expect(results).toEqual([
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
  expect(await runReadinessChecks([hangs], () => {})).toEqual([
    { name: "postgres", ok: false, detail: "does not answer" },
  ]);
  expect(performance.now() - startedAt).toBeGreaterThan(1_900);
});
