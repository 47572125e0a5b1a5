import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let service: TestService;
let dir: string;
let datasetId: string;

beforeAll(async () => {
  service = await openService();
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-datasets-"));
  writeFileSync(join(dir, "rows.csv"), makeCsv(300));
  const { datasetId: made } = await asJson("ingest", "rows.csv", "--format", "csv", "--watch");
  datasetId = String(made);
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await service.close();
});

const winnow = (...args: string[]) =>
  runCli(args, { env: { WINNOW_URL: service.api.url }, cwd: dir });

async function asJson(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await winnow(...args, "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe("winnow's commands for datasets", () => {
  it("list shows datasets, cross-validations and prunings, filtered, as a table or as JSON", async () => {
    const table = await winnow("list", "datasets");
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toMatch(new RegExp(`${datasetId} +ready +300 +\\d+ `));
    const query = { limit: 20 };
    expect(await asJson("list", "datasets")).toEqual(
      await service.client.call("listDatasets", { query }),
    );
    const training = await asJson("train", datasetId);
    const runs = await asJson("list", "cross-validations", "--dataset", datasetId);
    expect(runs.data).toMatchObject([{ id: training.crossValidationId, state: "training" }]);
    const ready = await winnow("list", "cross-validations", "--state", "ready");
    expect([ready.code, ready.stdout]).toEqual([0, "none\n"]);
    const prunings = await asJson("list", "prunings", "--job", String(training.id));
    expect(prunings).toEqual({ data: [], hasMore: false, nextCursor: null });
    expect((await winnow("list", "prunings", "--state", "done")).code).toBe(1);
    expect((await winnow("jobs", "cancel", String(training.id))).code).toBe(0);
  });

  it("ingest guesses the format, says so, and refuses a file that is not clear", async () => {
    const guessed = await winnow("ingest", "rows.csv", "--watch");
    expect(guessed.code).toBe(0);
    expect(guessed.stderr).toMatch(/guessed, confidence 1.00: --format csv --text-column text/);
    expect(guessed.stdout).toContain("300 rows, 0 rejected");
    const rows = ["a film,x,p", "a play,y,q", "a song,x,q", "a tale,y,p"];
    writeFileSync(join(dir, "unclear.csv"), ["a,b,c", ...rows].join("\n"));
    const refused = await winnow("ingest", "unclear.csv");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("format-unclear");
    expect(refused.stderr).toContain("--format csv --text-column a --label-column c");
    const told = await asJson("ingest", "unclear.csv", "--label-column", "c", "--watch");
    expect(told.result).toMatchObject({ format: { labelColumn: "c", textColumn: "a" } });
  });

  it("ingest --watch prints the first rejects of a file that is no dataset", async () => {
    writeFileSync(join(dir, "broken.csv"), "text,label\na,b,c\nd\n,e\nf\ng\nh\ni\n");
    const args = ["ingest", "broken.csv", "--format", "csv", "--watch"];
    const { code, stderr } = await winnow(...args);
    expect(code).toBe(1);
    expect(stderr).toContain("no-rows-kept");
    expect(stderr).toContain("line 2: field-count: expected 2 fields, found 3");
    expect(stderr.match(/^ *line \d+: /gm)).toHaveLength(5);
  });

  it("profile shows what is in a dataset, for people and as JSON", async () => {
    const { code, stdout } = await winnow("profile", datasetId);
    expect(code).toBe(0);
    expect(stdout).toMatch(/rows read\s+300/);
    expect(stdout).toMatch(/near-duplicates\s+\d+ rows in \d+ groups/);
    expect(stdout).toContain("class-0");
    expect(await asJson("profile", datasetId)).toMatchObject({ rowsRead: 300, kept: 300 });
  });

  it("sample gives the same rows for the same seed", async () => {
    const drawn = async (seed: string) => {
      const args = ["--per-class", "20", "--seed", seed, "--watch"];
      const job = await asJson("sample", datasetId, ...args);
      expect(job).toMatchObject({ state: "succeeded", result: { rows: 60 } });
      const { data } = await service.client.call("listSamples", {
        params: { id: String(job.datasetId) },
        query: { limit: 100 },
      });
      return data.map(({ line }) => line);
    };
    const first = await drawn("5");
    expect(await drawn("5")).toEqual(first);
    expect(await drawn("6")).not.toEqual(first);
  });

  it("inject-noise makes labels wrong: any other, the named pair, or by a matrix", async () => {
    const noiseOf = async (...args: string[]) => {
      const job = await asJson("inject-noise", datasetId, ...args, "--seed", "3", "--watch");
      const profile = await asJson("profile", String(job.datasetId));
      return profile.noise as { type: string; changed: number; joint: number[][] };
    };
    const symmetric = await noiseOf("--rate", "0.2");
    expect(symmetric.type).toBe("symmetric");
    expect(Math.abs(symmetric.changed - 60)).toBeLessThanOrEqual(3);
    const pair = await noiseOf("--type", "pair", "--rate", "0.5", "--pair", "class-0=class-1");
    const { classHistogram } = await service.client.call("getDatasetProfile", {
      params: { id: datasetId },
    });
    const from = classHistogram.find(({ name }) => name === "class-0");
    expect(Math.abs(pair.changed - (from?.count ?? 0) / 2)).toBeLessThanOrEqual(1);
    writeFileSync(join(dir, "matrix.json"), "[[0,1,0],[0,1,0],[0,0,1]]");
    const matrix = await noiseOf("--type", "matrix", "--matrix", "matrix.json");
    expect(matrix.joint[0]?.[0]).toBe(0);
    expect(matrix.changed).toBe(matrix.joint[0]?.[1]);
  });

  it("says what is missing or wrong before anything is queued", async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await winnow(...args);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await refused("inject-noise", datasetId)).toContain("--rate");
    expect(await refused("inject-noise", datasetId, "--rate", "2")).toContain("0 to 1");
    expect(await refused("inject-noise", datasetId, "--type", "matrix")).toContain("--matrix");
    expect(await refused("sample", datasetId)).toContain("--per-class");
  });

  it("ingest reads dirty names as asked, and reports a file that was ingested before", async () => {
    const args = ["--format", "csv", "--alias", "class-0=zero", "--near-duplicates", "ignore"];
    const { stdout } = await winnow("ingest", "rows.csv", ...args, "--watch");
    expect(stdout).toContain(`the same file as ${datasetId}`);
    const renamed = /ds_[0-9a-f-]{36}/.exec(stdout)![0]!;
    const { data } = await service.client.call("listDatasetClasses", { params: { id: renamed } });
    expect(data.map(({ name }) => name).sort()).toEqual(["class-1", "class-2", "zero"]);
    expect(await asJson("profile", renamed)).not.toHaveProperty("nearDuplicates");
  });

  it("ingest and profile warn of class names that nearly agree; --normalize-labels joins them", async () => {
    const labels = ["News", "news", "ｎｅｗｓ", "spam", "nan", "News", "n/a", "spam"];
    const lines = labels.map((label, i) => `text number ${i},${label}`);
    writeFileSync(join(dir, "dirty.csv"), `text,label\n${lines.join("\n")}\n`);
    const dirty = ["ingest", "dirty.csv", "--format", "csv", "--watch"];
    const plain = await winnow(...dirty);
    expect(plain.stdout).toContain("similar-classes");
    expect(plain.stdout).toContain("missing-value-classes");
    const id = /ds_[0-9a-f-]{36}/.exec(plain.stdout)![0]!;
    const { stdout } = await winnow("profile", id);
    expect(stdout).toMatch(/Class names that nearly agree\n {2}news \(1\) \| News \(2\)\n/);
    expect(stdout).toMatch(/warning {2}similar-classes: 2 pairs/);
    const joined = await asJson(
      ...dirty,
      "--normalize-labels",
      "--alias",
      "nan=",
      "--alias",
      "n/a=",
    );
    expect(joined).toMatchObject({ result: { rows: 6, rejected: 2, classes: 2 } });
    const { data } = await service.client.call("listDatasetClasses", {
      params: { id: String(joined.datasetId) },
    });
    expect(data.map(({ name, count }) => [name, count])).toEqual([
      ["News", 4],
      ["spam", 2],
    ]);
    expect(await asJson("profile", String(joined.datasetId))).toMatchObject({
      similarClasses: [],
      normalizedLabels: [
        { from: "news", to: "News", count: 1 },
        { from: "ｎｅｗｓ", to: "News", count: 1 },
      ],
    });
  });

  it("ingest takes class names from the command line or a file, for every format", async () => {
    writeFileSync(join(dir, "names.txt"), "ham\nspam\r\nrare\n");
    writeFileSync(join(dir, "names.json"), '["ham", "spam", "rare"]');
    writeFileSync(join(dir, "rows.jsonl"), '{"text":"a","label":1}\n{"text":"b","label":0}\n');
    writeFileSync(join(dir, "rows.txt"), "__label__spam __label__ham a\n__label__0 b\n");
    const files: [string, string, string][] = [
      ["rows.jsonl", "jsonl", "ham, spam,rare"],
      ["rows.jsonl", "jsonl", "names.txt"],
      ["rows.jsonl", "jsonl", "@names.json"],
      ["rows.txt", "fasttext", "@names.txt"],
    ];
    for (const [file, format, names] of files) {
      const args = ["--format", format, "--label-names", names, "--watch"];
      const job = await asJson("ingest", file, ...args);
      const { data } = await service.client.call("listDatasetClasses", {
        params: { id: String(job.datasetId) },
      });
      expect(data.map(({ name, count }) => [name, count])).toEqual([
        ["ham", 1],
        ["spam", 1],
        ["rare", 0],
      ]);
    }
    const missing = await winnow(
      "ingest",
      "rows.jsonl",
      "--format",
      "jsonl",
      "--label-names",
      "@no",
    );
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain("There is no file no");
  });

  it("ingest reads the class names that Hugging Face stores in parquet", async () => {
    const file = fileURLToPath(
      new URL("../../golden/hugging-face/class-labels.parquet", import.meta.url),
    );
    const args = ["--format", "parquet", "--true-label-column", "gold", "--watch"];
    const job = await asJson("ingest", file, ...args);
    expect(job).toMatchObject({ result: { rows: 5, rejected: 1, classes: 5 } });
    const params = { id: String(job.datasetId) };
    const { data } = await service.client.call("listSamples", { params });
    expect(data.map(({ label, trueLabel }) => [label, trueLabel])).toEqual([
      ["5", "5"],
      ["4", "4"],
      ["3", "3"],
      ["2", "2"],
      ["1", "2"],
    ]);
  });

  it("ingest takes --quote, --escape and --encoding", async () => {
    const japanese = Buffer.from("955c835c2c610a622c630a", "hex");
    const files: [name: string, content: string | Uint8Array, args: string[], texts: string[]][] = [
      ["lone.csv", '"open,a\n"b",c\n', [], ['"open', "b"]],
      ["none.csv", '"open,a\n"b",c\n', ["--quote", "none"], ['"open', '"b"']],
      ["escaped.csv", 'a\\,b,c\n"d \\"e\\"",f\n', ["--escape", "backslash"], ["a,b", 'd "e"']],
      ["sjis.csv", japanese, ["--encoding", "Shift-JIS"], ["表ソ", "b"]],
    ];
    for (const [name, content, args, texts] of files) {
      writeFileSync(join(dir, name), content);
      const format = [
        "--format",
        "csv",
        "--no-header",
        "--text-column",
        "0",
        "--label-column",
        "1",
      ];
      const job = await asJson("ingest", name, ...format, ...args, "--watch");
      const params = { id: String(job.datasetId) };
      const { data } = await service.client.call("listSamples", { params });
      expect(data.map(({ text }) => text)).toEqual(texts);
    }
  });

  it("ingest reads lists in csv cells with --label-lists", async () => {
    const cells = ["['a', 'b']", '["b"]', "[]", "['a'"];
    const lines = cells.map((cell, i) => `text ${i},"${cell.replaceAll('"', '""')}"`);
    writeFileSync(join(dir, "lists.csv"), `text,label\n${lines.join("\n")}\nlast,b\n`);
    const args = ["--format", "csv", "--label-lists", "--policy", "all", "--watch"];
    const job = await asJson("ingest", "lists.csv", ...args);
    expect(job).toMatchObject({ result: { rows: 3, rejected: 2, classes: 2 } });
    const params = { id: String(job.datasetId) };
    const { data } = await service.client.call("listSamples", { params });
    expect(data.map(({ label, allLabels }) => [label, allLabels])).toEqual([
      ["a", ["a", "b"]],
      ["b", ["b"]],
      ["b", ["b"]],
    ]);
    const { data: rejects } = await service.client.call("listRejects", { params });
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [4, "empty-label"],
      [5, "bad-label-list"],
    ]);
  });
});
