import { JOB_KINDS, JOBS, WORKER_ROLES } from "@winnow/contracts";
import { expect, it } from "vitest";
import { REGISTRY } from "./registry.js";

it("every kind of job has a handler, and every handler a kind", () => {
  expect(Object.keys(REGISTRY).sort()).toEqual([...JOB_KINDS].sort());
});

it("every kind's role is one that a worker can take", () => {
  for (const kind of JOB_KINDS) expect(WORKER_ROLES).toContain(JOBS[kind].role);
});
