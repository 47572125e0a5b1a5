import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNpyFloats, readNpyIntegers, readNpyStrings } from "@winnow/npy";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { descendants, runCli, startCli, stillAlive, written } from "../support/cli.js";
import { makeCsv } from "../support/jobs.js";

vi.setConfig({ testTimeout: 540_000 });

const ROWS = 300;
let dir: string;
/** Listens where a user's own Postgres and Redis might: nothing may connect. */
let trap: Server;
let knocks = 0;
let env: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-e2e-"));
  writeFileSync(join(dir, "rows.csv"), makeCsv(ROWS));
  trap = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(trap, "listening");
  const address = trap.address();
  const port = typeof address === "object" && address ? address.port : 0;
  env = {
    DATABASE_URL: `postgresql://somebody:else@127.0.0.1:${port}/theirs`,
    REDIS_URL: `redis://127.0.0.1:${port}`,
    TMPDIR: dir,
  };
});

afterAll(() => {
  trap.close();
  rmSync(dir, { recursive: true, force: true });
});

const demo = (out: string, ...more: string[]) => [
  "demo",
  ...["--file", join(dir, "rows.csv"), "--format", "csv"],
  ...["--text-column", "text", "--label-column", "label", "--true-label-column", "truth"],
  ...["--id-column", "id"],
  ...["--folds", "2", "--epochs", "2", "--out", join(dir, out)],
  ...more,
];

interface Report {
  dataset: { rows: number; classes: number };
  crossValidation: { accuracy: number; trueAccuracy: number; folds: { rows: number }[] };
  pruning: {
    flagged: number;
    estimatedNoiseRate: number;
    truth: { noiseRate: number; precision: number; recall: number; errors: number };
  };
  comparison: {
    at: number;
    runs: {
      model: string;
      seconds: number;
      flagged: number;
      averagePrecision: number;
      precision: number;
    }[];
  };
  worst: { ordinal: number; given: string; suggested: string }[];
  files: Record<string, string>;
}

describe("winnow demo", () => {
  let first: Report;

  it("prints the report as JSON and nothing else, from services of its own", async () => {
    const { code, stdout, stderr } = await runCli(demo("first", "--json"), { env, cwd: dir });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(knocks).toBe(0);
    first = JSON.parse(stdout);
    expect(JSON.parse(readFileSync(join(dir, "first", "report.json"), "utf8"))).toEqual(first);
    expect(first.dataset).toMatchObject({ rows: ROWS, classes: 3 });
    expect(first.crossValidation.folds.map((fold) => fold.rows)).toEqual([150, 150]);
  });

  it("reports the noise that the file has", () => {
    const wrong = makeCsv(ROWS)
      .trimEnd()
      .split("\n")
      .slice(1)
      .filter((line) => line.split(",")[2] !== line.split(",")[3]).length;
    expect(wrong).toBeGreaterThan(10);
    const { truth, flagged } = first.pruning;
    expect(truth.errors).toBe(wrong);
    expect(truth.noiseRate).toBeCloseTo(wrong / ROWS, 10);
    const found = rows("noise.csv").filter(({ label, truth }) => label !== truth).length;
    expect(truth.precision).toBeCloseTo(found / flagged, 10);
    expect(truth.recall).toBeCloseTo(found / wrong, 10);
  });

  it("shows the quick model and the whole recipe side by side, at the same number of flags", () => {
    const { at, runs } = first.comparison;
    expect(runs.map(({ model }) => model)).toEqual(["quick", "full"]);
    expect(runs[1]?.flagged).toBe(first.pruning.flagged);
    expect(at).toBe(Math.min(...runs.map(({ flagged }) => flagged)));
    const worst = rows("noise.csv").filter(({ rank }) => Number(rank) <= at);
    const wrong = worst.filter(({ label, truth }) => label !== truth).length;
    expect(runs[1]?.precision).toBeCloseTo(wrong / at, 10);
    for (const { averagePrecision, seconds } of runs) {
      expect(averagePrecision).toBeGreaterThan(0.5);
      expect(seconds).toBeGreaterThan(0);
    }
  });

  it("parts the rows into cleaned and noise, and gives every row one probability row", async () => {
    // As the file is: the cleaned rows are its own lines, the noise has Winnow's columns behind them.
    const noise = rows("noise.csv");
    const saved = readFileSync(join(dir, "first", "cleaned.csv"), "utf8");
    const [head, ...cleaned] = saved.trimEnd().split("\n");
    const all = makeCsv(ROWS).trimEnd().split("\n");
    expect(head).toBe(all[0]);
    const own = noise.map(({ id, text, label, truth }) => [id, text, label, truth].join());
    expect([...cleaned, ...own].sort()).toEqual(all.slice(1).sort());
    for (const { rank } of noise) expect(Number(rank)).toBeGreaterThan(0);
    expect(noise).toHaveLength(first.pruning.flagged);
    expect(first.worst.length).toBe(Math.min(10, first.pruning.flagged));

    const read = (name: string) => createReadStream(join(dir, "first", name));
    const { shape, values } = await readNpyFloats(read("probabilities.npy"));
    expect(shape).toEqual([ROWS, 3]);
    const labels = await readNpyIntegers(read("labels.npy"));
    let right = 0;
    for (let i = 0; i < ROWS; i++) {
      const row = values.subarray(i * 3, i * 3 + 3);
      let sum = 0;
      for (const p of row) sum += p;
      expect(sum).toBeCloseTo(1, 4);
      if (row.indexOf(Math.max(...row)) === labels[i]) right += 1;
    }
    expect(first.crossValidation.accuracy).toBeCloseTo(right / ROWS, 6);
    const ids = await readNpyStrings(read("ids.npy"));
    expect(ids).toEqual(Array.from({ length: ROWS }, (_, i) => `row-${i}`));
  });

  it("is as good a second time, and is readable without a terminal: no bars, no colours", async () => {
    const { code, stdout } = await runCli(demo("second"), { env, cwd: dir });
    expect(code).toBe(0);
    const second = JSON.parse(readFileSync(join(dir, "second", "report.json"), "utf8")) as Report;
    expect(second.crossValidation.accuracy).toBe(first.crossValidation.accuracy);
    expect(second.pruning.flagged).toBe(first.pruning.flagged);
    expect(second.worst).toEqual(first.worst);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(stdout).not.toMatch(/[\u001b\r]/);
    for (const part of ["Held-out accuracy", "precision", "The 10 worst", "noise.csv"]) {
      expect(stdout).toContain(part);
    }
  });

  it("goes without ids.npy, and says so, where an id is too long for an array", async () => {
    const csv = makeCsv(ROWS).replace("row-7,", `${"7".repeat(1025)},`);
    writeFileSync(join(dir, "long.csv"), csv);
    const args = [...demo("long"), "--file", join(dir, "long.csv"), "--epochs", "1"];
    const { code, stdout, stderr } = await runCli(args, { env, cwd: dir });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("no ids.npy");
    expect(existsSync(join(dir, "long", "labels.npy"))).toBe(true);
    expect(existsSync(join(dir, "long", "ids.npy"))).toBe(false);
  });

  it("leaves nothing behind when it is interrupted in the middle", async () => {
    const names = "class-0,class-1,class-2,Class-2";
    const args = demo("third", "--epochs", "50", "--label-names", names);
    const cli = startCli(args, { env, cwd: dir });
    // What is remarkable about the file stands there while the training runs.
    await written(cli, /warning {2}similar-classes/);
    const started = descendants(cli.child.pid ?? 0);
    expect(started.length).toBeGreaterThanOrEqual(2);
    cli.child.kill("SIGINT");
    expect(await cli.ended).toBe(130);
    expect(await stillAlive(started)).toEqual([]);
    expect(readdirSync(dir).filter((name) => name.startsWith("winnow-demo-"))).toEqual([]);
  });

  it.each([
    ["column-not-found", "rows.csv", ["--label-column", "labl"]],
    ["file-not-found", "nowhere.csv", []],
    ["upload-empty|empty-file", "empty.csv", []],
    ["", "rows.csv", ["--format", "parquet"]],
  ])("looks at the file before anything starts: %s", async (wanted, file, more) => {
    writeFileSync(join(dir, "empty.csv"), "");
    const args = [...demo("fourth", "--file", join(dir, file)), ...more];
    const { code, stdout, stderr } = await runCli(args, { env, cwd: dir });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(new RegExp(`^error {2}(${wanted}).*${file}`, "m"));
    expect(existsSync(join(dir, "fourth"))).toBe(false);
    expect(readdirSync(dir).filter((name) => name.startsWith("winnow-demo-"))).toEqual([]);
    expect(knocks).toBe(0);
  });

  it("has a format of its own without a file", async () => {
    const { code, stderr } = await runCli(["demo", "--format", "csv"], { env, cwd: dir });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error {2}file-missing: .*--file/)]);
  });

  it("lists the lines that were not kept, and never writes over results without being told", async () => {
    const gap = makeCsv(60).replace(/^row-7,.*$/m, "row-7,,class-0,class-0");
    writeFileSync(join(dir, "gap.csv"), gap);
    const args = demo("gap", "--file", join(dir, "gap.csv"), "--epochs", "1");
    const { code, stdout } = await runCli(args, { env, cwd: dir });
    expect(code).toBe(0);
    expect(stdout).toContain("rejects.jsonl");
    const rejects = readFileSync(join(dir, "gap", "rejects.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(rejects.map((line) => JSON.parse(line))).toMatchObject([
      { line: 9, reason: expect.stringContaining("text"), detail: expect.any(String) },
    ]);
    const before = readFileSync(join(dir, "gap", "report.json"), "utf8");
    const again = await runCli(args, { env, cwd: dir });
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toMatch(/^error {2}out-in-use: gap has .*--out.*--force/);
    expect(readFileSync(join(dir, "gap", "report.json"), "utf8")).toBe(before);
  });

  it("reads and writes in the user's folder, also when npm starts it", async () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const args = ["--file", "rows.csv", "--folds", "2"];
    const folders = ["--data", "fifth/data", "--out", "fifth/out"];
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const { PATH, HOME } = process.env;
      execFile(
        "npm",
        ["--prefix", root, "run", "--silent", "demo", "--", ...args, ...folders],
        { cwd: dir, env: { PATH, HOME, ...env } },
        (error, _, stderr) => resolve({ code: error?.code ?? 0, stderr }),
      );
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining("data kept")]);
    expect(stderr).toMatch(/^guessed, .*--format csv --text-column text --label-column label/m);
    expect(existsSync(join(dir, "fifth", "out", "cleaned.csv"))).toBe(true);
    expect(readdirSync(join(dir, "fifth", "data", "logs")).sort()).toEqual([
      "api.log",
      "worker.log",
    ]);
  });

  function rows(name: string): Record<string, string>[] {
    return parse(readFileSync(join(dir, "first", name)), { columns: true });
  }
});
