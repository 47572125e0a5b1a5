import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli, startCli, written } from "../../support/cli.js";
import { makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let service: TestService;
let dir: string;
let env: Record<string, string>;

beforeAll(async () => {
  // Its workers train nothing: a training waits until it is cancelled.
  service = await openService();
  env = { WINNOW_URL: service.api.url };
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-jobs-"));
  writeFileSync(join(dir, "rows.csv"), makeCsv(90));
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await service.close();
});

const winnow = (...args: string[]) => runCli(args, { env, cwd: dir });
const INGEST = ["ingest", "rows.csv", "--format", "csv"];

async function post(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await winnow(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.trim();
}

const job = (id: string): Promise<Job> => service.client.call("getJob", { params: { id } });

async function datasetOf(jobId: string): Promise<string> {
  return String((await service.succeeded(jobId)).datasetId);
}

describe("winnow jobs", () => {
  it("wait ends with the job, and says what it made", async () => {
    const id = await post(...INGEST);
    const { code, stdout } = await winnow("jobs", "wait", id);
    expect(code).toBe(0);
    expect(stdout).toContain(`dataset-ingest succeeded  ${(await job(id)).datasetId}`);
    const asJson = await winnow("jobs", "wait", id, "--json");
    expect(JSON.parse(asJson.stdout)).toEqual(await job(id));
  });

  it("wait fails with the job's error", async () => {
    const id = await post(...INGEST, "--label-column", "labl");
    const { code, stdout, stderr } = await winnow("jobs", "wait", id);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ job");
    expect(stderr).toMatch(/^error {2}column-not-found: .*labl/);
  });

  it("cancel ends a job, once; retry runs it again as another", async () => {
    const id = await post("train", await datasetOf(await post(...INGEST)));
    const cancelled = await winnow("jobs", "cancel", id);
    expect(cancelled).toMatchObject({ code: 0, stdout: `${id}  cancelled\n` });
    const again = await winnow("jobs", "cancel", id);
    expect(again).toMatchObject({ code: 0, stdout: `${id}  cancelled\n` });
    expect((await winnow("jobs", "wait", id)).code).toBe(1);

    const retried = await post("jobs", "retry", id);
    expect(await job(retried)).toMatchObject({ retryOf: id, state: "queued" });
    const asJson = await winnow("jobs", "cancel", retried, "--json");
    expect(JSON.parse(asJson.stdout)).toMatchObject({ id: retried, state: "cancelled" });
  });

  it("cancel without an id ends every job that fits, after a dry run if asked", async () => {
    const dataset = await datasetOf(await post(...INGEST));
    const other = await post("train", await datasetOf(await post(...INGEST)));
    const ids = [await post("train", dataset), await post("train", dataset)];
    const filter = ["--kind", "fold-training", "--dataset", dataset];
    const dry = await winnow("jobs", "cancel", ...filter, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: "2 jobs: would be cancelled\n" });
    expect(await job(ids[0]!)).toMatchObject({ state: "queued" });
    const done = await winnow("jobs", "cancel", ...filter);
    expect(done).toMatchObject({ code: 0, stdout: "2 jobs: 2 cancelled, 0 cancelling\n" });
    for (const id of ids) expect(await job(id)).toMatchObject({ state: "cancelled" });
    const asJson = await winnow("jobs", "cancel", "--state", "queued", "--json");
    expect(JSON.parse(asJson.stdout)).toEqual({
      matched: 1,
      cancelled: 1,
      cancelling: 0,
      ended: 0,
    });
    expect(await job(other)).toMatchObject({ state: "cancelled" });
    for (const args of [
      ["jobs", "cancel"],
      ["jobs", "cancel", other, "--dry-run"],
    ]) {
      expect((await winnow(...args)).code).toBe(1);
    }
  });

  it("cancel says that a job had ended before", async () => {
    const id = await post(...INGEST);
    await service.succeeded(id);
    const { code, stdout } = await winnow("jobs", "cancel", id);
    expect([code, stdout]).toEqual([0, `${id}  has already ended: succeeded\n`]);
    const retry = await winnow("jobs", "retry", id);
    expect(retry.code).toBe(1);
    expect(retry.stderr).toMatch(/^error {2}job-not-retryable: /);
  });

  it.each([["cancel"], ["retry"], ["wait"]])("%s names a job that is not there", async (action) => {
    const none = "job_00000000-0000-7000-8000-000000000000";
    const { code, stderr } = await winnow("jobs", action, none);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error {2}job-not-found: /);
  });
});

describe("Ctrl-C", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "(%s) leaves a watched job running, and says how to stop it",
    async (signal, code) => {
      const datasetId = await datasetOf(await post(...INGEST));
      const watched = startCli(["train", datasetId, "--watch"], { env, cwd: dir });
      const [, id = ""] = await written(watched, /^(job_\S+)$/m);
      watched.child.kill(signal);
      expect(await watched.ended).toBe(code);
      expect(watched.stderr()).toContain(`Stopped by ${signal}`);
      expect(watched.stderr()).toContain(`winnow jobs cancel ${id}`);
      expect(watched.stderr()).toContain(`winnow jobs wait ${id}`);
      expect(watched.stdout()).not.toContain("✗");
      expect((await job(id)).state).toBe("queued");

      const followed = startCli(["jobs", id, "--watch", "--json"], { env, cwd: dir });
      await vi.waitFor(() => expect(followed.child.pid).toBeDefined());
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      followed.child.kill(signal);
      expect(await followed.ended).toBe(code);
      expect([followed.stdout(), followed.stderr()]).toEqual(["", expect.stringContaining(id)]);
      expect((await winnow("jobs", "cancel", id)).stdout).toBe(`${id}  cancelled\n`);
    },
  );
});
