import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { eventually, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import type { WorkerFixture } from "../../support/worker-fixture.js";
import { isAlive, openWorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 240_000 });

const dist = fileURLToPath(new URL("../../../apps/worker/dist/", import.meta.url));
const PROCESSES = fileURLToPath(
  new URL("../../../packages/processes/dist/index.js", import.meta.url),
);
const LIGHT = { WORKER_ROLES: "cpu,orchestrator" };

let fixture: WorkerFixture;
let folder: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  folder = await mkdtemp(join(tmpdir(), "winnow-worker-"));
});

afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

it("wrong settings end it at once, and all faults are named", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(dist, "main.js")], {
    env: { PATH: process.env.PATH, REDIS_URL: "http://x", WORKER_ROLES: "cook" },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  for (const name of ["DATABASE_URL", "REDIS_URL", "WORKER_ROLES"]) expect(stderr).toContain(name);
  expect(stderr).not.toMatch(/^ +at /m);
});

it("it logs which backend it uses, and why no faster one", async () => {
  const worker = await fixture.startWorker({ WORKER_ROLES: "trainer" });
  const line = worker
    .output()
    .split("\n")
    .find((text) => text.includes("training uses"));
  const said = JSON.parse(line as string) as { backend: string; reasons: string[] };
  expect(["wasm", "tfjs-node", "tfjs-node-gpu"]).toContain(said.backend);
  if (said.backend === "wasm") expect(said.reasons).toHaveLength(2);
  expect(await worker.stop()).toBe(0);
});

it("it serves health and readiness", async () => {
  const port = await freePort();
  const worker = await fixture.startWorker({
    ...LIGHT,
    HEALTH_PORT: String(port),
    HEALTH_HOST: "127.0.0.1",
  });
  const health = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    status: "ready",
    checks: [
      { name: "postgres", ok: true },
      { name: "migrations", ok: true },
      { name: "storage", ok: true },
      { name: "redis", ok: true },
    ],
  });
  await worker.stop();
});

it("it shuts down when its parent disconnects", async () => {
  const worker = await fixture.startWorker(LIGHT);
  const exited = once(worker.child, "exit");
  worker.child.disconnect();
  expect(await exited).toEqual([0, null]);
});

it("a connection that Postgres closes is replaced, and jobs continue", async () => {
  const worker = await fixture.startWorker(LIGHT);
  await poolOf(fixture.store).query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'winnow-%'`,
  );
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(30)));
  expect(await worker.stop()).toBe(0);
});

it("a trainer whose main thread is busy ends within a second of its parent", async () => {
  const child = join(folder, "busy.mjs");
  const parent = join(folder, "parent.mjs");
  await writeFile(
    child,
    `import { holdLifeline } from ${JSON.stringify(PROCESSES)};
     holdLifeline(Number(process.argv[2]));
     process.send("busy", () => { for (const end = Date.now() + 20_000; Date.now() < end;); });`,
  );
  await writeFile(
    parent,
    `import { fork } from "node:child_process";
     const child = fork(${JSON.stringify(child)}, [String(process.pid)]);
     child.on("message", () => console.log(child.pid));`,
  );
  const supervisor = spawn(process.execPath, [parent], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(supervisor.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  supervisor.kill("SIGKILL");
  const killedAt = performance.now();
  await eventually("the busy child to end", async () => !isAlive(pid), 10_000);
  expect(performance.now() - killedAt).toBeLessThan(1_000);
});
