import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type CliProcess,
  descendants,
  runCli,
  startCli,
  stillAlive,
  written,
} from "../../support/cli.js";
import { makeCsv } from "../../support/jobs.js";
import { createTestDatabase } from "../../support/postgres.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let dir: string;
let up: CliProcess;
let url: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-"));
  writeFileSync(join(dir, "rows.csv"), makeCsv(240));
  up = startCli(["up", "--port", "0", "--data", join(dir, "data")]);
  url = (await written(up, /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m))[1] ?? "";
});

afterAll(async () => {
  up.child.kill("SIGTERM");
  await up.ended;
  rmSync(dir, { recursive: true, force: true });
});

const winnow = (...args: string[]) => runCli(args, { env: { WINNOW_URL: url }, cwd: dir });

/** Runs a command with `--json` and gives what it printed. */
async function asJson(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await winnow(...args, "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

const COLUMNS = ["--id-column", "id", "--text-column", "text", "--label-column", "label"];

describe("a service under `winnow up`", () => {
  it("is ready when it says where it listens", async () => {
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    expect(up.stdout()).toBe(`listening on ${url}\n`);
  });

  it("takes a file to its exports through the commands", async () => {
    const ingest = await asJson("ingest", "rows.csv", "--format", "csv", ...COLUMNS, "--watch");
    expect(ingest).toMatchObject({ state: "succeeded", result: { rows: 240, rejected: 0 } });

    const dataset = String(ingest.datasetId);
    const train = await asJson("train", dataset, "--folds", "2", "--epochs", "1", "--watch");
    expect(train).toMatchObject({ state: "succeeded", result: { rows: 240 } });
    expect(train.tasks).toHaveLength(2);

    const crossValidation = String(train.crossValidationId);
    const prune = await asJson("prune", crossValidation, "--method", "argmax", "--watch");
    expect(prune.state).toBe("succeeded");
    const { flagged } = prune.result as { flagged: number };

    const pruning = String(prune.pruningId);
    const report = await asJson("report", pruning, "--top", "3");
    expect(report).toMatchObject({ id: pruning, flagged, report: { counts: { examples: 240 } } });
    const worst = report.worst as { rank: number; line: number; externalId: string }[];
    expect(worst.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    const { stdout: shown } = await winnow("report", pruning, "--top", "3");
    for (const { line, externalId } of worst)
      expect(shown).toMatch(new RegExp(`${line} +${externalId} `));
    expect(shown).toContain(`${flagged} of 240 rows`);
    const again = await winnow("prune", crossValidation, "--method", "argmax", "--watch");
    expect(again.stdout).toContain(`${flagged} of 240 rows`);
    expect(again.stdout).toMatch(/estimated .*if wrong labels fall on rows/);

    const split = async (name: string) => {
      const { code, stdout } = await winnow("export", pruning, "--split", name);
      expect(code).toBe(0);
      return stdout.trimEnd().split("\n").filter(Boolean);
    };
    const [cleaned, noise] = [await split("cleaned"), await split("noise")];
    expect(noise).toHaveLength(1 + flagged);
    // The file's own lines, and its header.
    expect(cleaned).toHaveLength(1 + 240 - flagged);
    expect(cleaned[0]).toBe("id,text,label,truth");
    expect(noise[0]).toMatch(/^id,text,label,truth,ordinal,line,flagged,suggested,rank,/);
    const lines = new Set(makeCsv(240).split("\n"));
    for (const line of cleaned) expect(lines).toContain(line);

    const csv = await winnow(
      "export",
      pruning,
      "--split",
      "all",
      "--format",
      "csv",
      "-o",
      "all.csv",
    );
    expect(csv).toMatchObject({ code: 0, stdout: "" });
    const rows = readFileSync(join(dir, "all.csv"), "utf8");
    for (const id of ["row-0", "row-239"]) expect(rows).toContain(id);

    const jobs = await asJson("jobs");
    const kinds = (jobs.data as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toEqual(["pruning", "pruning", "fold-training", "dataset-ingest"]);
    const { stdout: job } = await winnow("jobs", String(train.id));
    expect(job).toContain(crossValidation);
    const { stdout: followed } = await winnow("jobs", String(train.id), "--watch");
    expect(followed).toContain("succeeded");
  });

  it("without --watch gives the job's id at once", async () => {
    const { code, stdout } = await winnow("ingest", "rows.csv", "--format", "csv", ...COLUMNS);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^job_[0-9a-f-]{36}\n$/);
  });

  it("prints a failed job's code, and fails", async () => {
    const label = ["--text-column", "text", "--label-column", "labl"];
    const { code, stderr } = await winnow(
      "ingest",
      "rows.csv",
      "--format",
      "csv",
      ...label,
      "--watch",
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error {2}column-not-found: .*labl/);
  });

  it("prints what the service refuses, and where", async () => {
    const none = "00000000-0000-7000-8000-000000000000";
    const job = await winnow("jobs", `job_${none}`);
    expect(job).toMatchObject({ code: 1, stdout: "" });
    expect(job.stderr).toMatch(/^error {2}job-not-found: /);
    const dataset = await winnow("train", `ds_${none}`);
    expect(dataset.stderr).toMatch(/^error {2}dataset-not-found: /);
    const id = await winnow("prune", "no-id");
    expect(id.stderr).toMatch(/^error {2}validation-failed: [\s\S]*\/crossValidationId/);
  });

  it("nothing that it started is left after SIGINT, and it ends with 0; the data is still there", async () => {
    const before = await asJson("jobs");
    const started = descendants(up.child.pid ?? 0);
    expect(started.length).toBeGreaterThanOrEqual(2); // API and worker; servers hang below their guards
    up.child.kill("SIGINT");
    expect(await up.ended).toBe(0);
    expect(await stillAlive(started)).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();

    up = startCli(["up", "--port", "0", "--data", join(dir, "data")]);
    url = (await written(up, /^listening on (\S+)$/m))[1] ?? "";
    expect(await asJson("jobs")).toEqual(before);
  });

  it("ends with a clear error, and leaves nothing running, when a part of it dies", async () => {
    const started = descendants(up.child.pid ?? 0);
    const servers = ["postgres", "redis"].map((name) => {
      const file = join(dir, "data", name, "running.json");
      return JSON.parse(readFileSync(file, "utf8")).server.pid as number;
    });
    const worker = started.find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("apps/worker/dist/main.js");
      } catch {
        return false;
      }
    });
    expect(worker).toBeDefined();
    process.kill(worker ?? 0, "SIGKILL");
    expect(await up.ended).toBe(1);
    expect(up.stderr()).toContain("worker-ended: The worker ended (SIGKILL)");
    expect(up.stderr()).toContain(join(dir, "data", "logs", "worker.log"));
    expect(up.stderr()).toContain("the worker is ready"); // the tail of its log
    expect(await stillAlive([...started, ...servers])).toEqual([]);
  });
});

describe("without a service", () => {
  it("commands say that nobody answers, and how to start one", async () => {
    const { code, stderr } = await runCli(["jobs", "--url", "http://127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error {2}unreachable: http:\/\/127\.0\.0\.1:1 /);
    expect(stderr).toContain("winnow up");
  });

  it("`up` on a taken port names the port and stops what it had started", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { code, stderr } = await runCli([
      "up",
      "--port",
      `${port}`,
      "--data",
      join(dir, "other"),
    ]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/api-ended: [\s\S]*EADDRINUSE/);
    expect(stderr).toContain("postgres stopped");
  });

  it("`migrate` needs a database, and brings one up to date once", async () => {
    const bare = await runCli(["migrate"]);
    expect(bare.code).toBe(1);
    expect(bare.stderr).toMatch(/^error {2}database-url-missing: /);
    const dead = "postgresql://winnow:hush@127.0.0.1:1/winnow";
    const refused = await runCli(["migrate"], { env: { DATABASE_URL: dead } });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error {2}database-unreachable: 127\.0\.0\.1:1 /);
    expect(refused.stderr).not.toContain("hush");

    const database = await createTestDatabase("empty");
    const env = { DATABASE_URL: database.url };
    const first = await runCli(["migrate", "--json"], { env });
    expect(JSON.parse(first.stdout).applied.length).toBeGreaterThan(0);
    const second = await runCli(["migrate"], { env });
    expect(second).toMatchObject({ code: 0, stdout: "up to date\n" });
    await database.drop();
  });
});
