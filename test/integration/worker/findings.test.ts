import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allItems } from "@winnow/client";
import { Findings } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { seededDraws } from "../../support/draws.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const TOPICS = [
  "river fish boat lake net water shore tide",
  "market stock money bank price trade bond fund",
  "goal match team ball coach score league cup",
].map((words) => words.split(" "));
const CLASSES = ["nature", "finance", "sports"];
/** Words of no class, so that no two texts are nearly the same. */
const FILLERS = Array.from({ length: 300 }, (_, i) =>
  Array.from(
    { length: 7 },
    (_, c) => "bcdfghklmnprstvw"[(i * (c + 3) * 7 + c * c + (i >> c)) % 16],
  ).join(""),
);
const SOURCES = ["agency", "blog", "radio"];
/** Rows of the faulty file that share no n-gram with the others. */
const ODD = [100, 500, 900];
const [ROWS, D] = [1200, 6];

interface Row {
  text: string;
  label: string;
  source: string;
  day: string;
}

/** Titles in random order; every tenth label is wrong, whatever source and day. */
function makeRows(seed: number): Row[] {
  const below = seededDraws(seed);
  return Array.from({ length: ROWS }, () => {
    const truth = below(3);
    // No word stands twice in a title: five times the same one would be odd indeed.
    const words = seededOrder(TOPICS[truth]!, below).slice(0, 4 + below(5));
    return {
      text: [...words, ...words.map(() => FILLERS[below(300)]!)].join(" "),
      label: CLASSES[below(10) === 0 ? (truth + 1) % 3 : truth]!,
      source: SOURCES[below(3)]!,
      day: new Date(Date.UTC(2026, 0, 1 + below(60))).toISOString().slice(0, 10),
    };
  });
}

function seededOrder(words: readonly string[], below: (n: number) => number): string[] {
  return words
    .map((word) => ({ word, at: below(1_000_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ word }) => word);
}

/** The same with every fault that is looked for. */
function makeFaulty(): Row[] {
  const rows = makeRows(2).sort((a, b) => a.label.localeCompare(b.label));
  const below = seededDraws(3);
  for (const [i, at] of ODD.entries()) {
    rows[at]!.text = ["zxqv kjwq vvxz qqjk", "жщы фъх цчю ыэъ", "丁丂七丄丅丆"][i]!;
  }
  for (const row of rows) {
    if (row.label === "sports" && below(9) === 0) row.label = "Sports";
    if (row.source === "blog" && below(3) === 0) row.label = CLASSES[below(3)]!;
  }
  const long = "harbour captain weather winter festival opening guest speech";
  rows[40] = { ...rows[40]!, text: `${long} first`, label: "nature" };
  rows[700] = { ...rows[700]!, text: `${long} First`, label: "finance" };
  return rows;
}

const csvOf = (rows: readonly Row[]) =>
  [
    "text,label,source,day",
    ...rows.map(({ text, label, source, day }) => `${text},${label},${source},${day}`),
  ].join("\n");

let service: TestService;
let dir: string;
beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator" } });
  dir = mkdtempSync(join(tmpdir(), "winnow-findings-"));
});
afterAll(async () => {
  await service.close();
  rmSync(dir, { recursive: true, force: true });
});

async function runOf(rows: readonly Row[], model: object = {}): Promise<string> {
  const datasetId = await ingestCsv(service, csvOf(rows), { type: "csv" });
  return (await train(service, datasetId, { model: { kind: "quick", ...model } })).id;
}

async function findIn(crossValidationId: string): Promise<Findings> {
  const job = await service.client.call("createFindings", { body: { crossValidationId } });
  const { result, progress } = await service.succeeded(job.id);
  expect(progress).toMatchObject({ done: ROWS, total: ROWS });
  return Findings.parse(result);
}

const isSilent = ({ conflicts, outliers, weakGroups, labelOrder, similarClasses }: Findings) => {
  expect(conflicts.found).toEqual([]);
  expect(outliers.found).toEqual([]);
  expect(weakGroups.found).toEqual([]);
  expect(labelOrder.flagged).toBe(false);
  expect(similarClasses).toEqual([]);
};

describe("findings", () => {
  it("of a dataset with nothing but wrong labels are none", async () => {
    const found = await findIn(await runOf(makeRows(1)));
    isSilent(found);
    // Text length, source and day by quarter.
    expect(found.weakGroups.tested).toBe(11);
    expect(found.labelOrder.neighbours.pairs).toBe(ROWS - 1);
  });

  it("are every fault of a dataset that has them, with rows, scores and labels", async () => {
    const rows = makeFaulty();
    const id = await runOf(rows);
    const found = await findIn(id);
    expect(found).toMatchObject({ crossValidationId: id, rows: ROWS });
    expect(found.conflicts.found).toMatchObject([
      {
        score: 0.5,
        size: 2,
        rows: [
          { ordinal: 40, line: 42, label: "nature" },
          { ordinal: 700, line: 702, label: "finance" },
        ],
      },
    ]);
    expect(found.outliers.basis).toBe("texts");
    expect(found.outliers.found.map(({ ordinal }) => ordinal)).toEqual(expect.arrayContaining(ODD));
    expect(found.outliers.count).toBeLessThanOrEqual(6);
    expect(found.outliers.found[0]!.score).toBeGreaterThan(found.outliers.cut);
    const [weak] = found.weakGroups.found;
    expect(weak).toMatchObject({ by: "source", group: "blog" });
    expect(weak!.accuracy.high).toBeLessThan(weak!.expected);
    expect(found.labelOrder).toMatchObject({ flagged: true, kind: "sorted" });
    expect(found.similarClasses).toMatchObject([{ from: "Sports", to: "sports" }]);
  });

  it("of a run with vectors take them: a row whose text is plain and whose vector is of no class", async () => {
    const rows = makeRows(4);
    const below = seededDraws(5);
    const vectors = rows.map(({ text }) => {
      const truth = TOPICS.findIndex((words) => words.includes(text.split(" ")[0]!));
      return Array.from(
        { length: D },
        (_, c) => Number(c % 3 === truth) + (below(1000) - 500) / 2500,
      );
    });
    vectors[77] = Array.from({ length: D }, () => -1);
    const values = new Float32Array(vectors.flat());
    const header = npyHeader({ dtype: "float32", shape: [ROWS, D] });
    const npy = Buffer.concat([header, new Uint8Array(values.buffer)]);
    const uploadId = await service.upload(npy);
    const found = await findIn(await runOf(rows, { embeddings: { uploadId } }));
    // Of so many rows one may lie beyond the cut by chance; none lies as far.
    const { basis, found: outliers } = found.outliers;
    expect([basis, outliers[0]?.ordinal]).toEqual(["vectors", 77]);
    for (const { score } of outliers.slice(1)) expect(score).toBeLessThan(outliers[0]!.score / 5);
  });

  it("are what `winnow findings` and `winnow audit --findings` print", async () => {
    const rows = makeFaulty();
    writeFileSync(join(dir, "titles.csv"), csvOf(rows));
    const env = { WINNOW_URL: service.api.url };
    const printed = await runCli(["findings", await runOf(rows), "--most", "20"], { env });
    const audited = await runCli(["audit", "titles.csv", "--no-files", "--findings"], { cwd: dir });
    for (const { code, stdout } of [printed, audited]) {
      expect(code).toBe(0);
      expect(stdout).toContain("Near-duplicates whose labels differ");
      expect(stdout).toMatch(/50\.0 % {2}lines 42, 702 {2}nature 1, finance 1: harbour/);
      expect(stdout).toMatch(/line 102 {2}\w+: zxqv/);
      expect(stdout).toMatch(/source +blog/);
      expect(stdout).toContain("shuffle before you split by position");
      expect(stdout).toMatch(/"Sports" \d+ rows, "sports" \d+ rows/);
    }
    const json = await runCli(["audit", "titles.csv", "--no-files", "--findings", "--json"], {
      cwd: dir,
    });
    const { findings } = JSON.parse(json.stdout);
    expect(Findings.omit({ crossValidationId: true }).parse(findings).rows).toBe(ROWS);
  });

  it("are printed as many as `--most` says, ten without it, and the rest counted", async () => {
    const rows = makeRows(6);
    for (let i = 0; i < 12; i++) {
      const label = CLASSES.find((name) => name !== rows[i]!.label)!;
      rows[600 + i] = { ...rows[600 + i]!, text: rows[i]!.text.toUpperCase(), label };
    }
    const id = await runOf(rows);
    const env = { WINNOW_URL: service.api.url };
    const conflictsOf = async (...options: string[]) => {
      const { code, stdout } = await runCli(["findings", id, ...options], { env });
      expect(code).toBe(0);
      const [part] = stdout.split("Rows that fit no class");
      return [part!.match(/50\.0 % {2}lines/g)?.length, /and (\d+) more/.exec(part!)?.[1]];
    };
    expect(await conflictsOf()).toEqual([10, "2"]);
    expect(await conflictsOf("--most", "11")).toEqual([11, "1"]);
    expect(await conflictsOf("--most", "500")).toEqual([12, undefined]);
  });

  it("beyond what the result holds are listed page by page, and printed", async () => {
    const below = seededDraws(7);
    const lines = Array.from({ length: 600 }, (_, i) => {
      const text = Array.from({ length: 7 }, () => FILLERS[below(300)]).join(" ");
      return [`${text},${CLASSES[i % 3]}`, `${text.toUpperCase()},${CLASSES[(i + 1) % 3]}`];
    });
    const csv = ["text,label", ...lines.flat()].join("\n");
    const datasetId = await ingestCsv(service, csv, { type: "csv" });
    const { id } = await train(service, datasetId, { model: { kind: "quick" } });
    const job = await service.client.call("createFindings", { body: { crossValidationId: id } });
    const found = Findings.parse((await service.succeeded(job.id)).result);
    expect([found.conflicts.conflicting, found.conflicts.found.length]).toEqual([600, 50]);
    const all = [];
    for await (const one of allItems(service.client, "listFoundConflicts", {
      params: { id: job.id },
      query: { limit: 256 },
    })) {
      all.push(one);
    }
    expect(all.slice(0, 50)).toEqual(found.conflicts.found);
    expect(new Set(all.map(({ rows }) => rows[0]!.ordinal)).size).toBe(600);
    expect(all).toHaveLength(600);
    const env = { WINNOW_URL: service.api.url };
    const { stdout } = await runCli(["findings", id, "--most", "550"], { env });
    expect(stdout.match(/50\.0 % {2}lines/g)).toHaveLength(550);
    expect(stdout).toContain("and 50 more");
  });

  it("of a run that is not there are refused", async () => {
    const crossValidationId = "cv_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
    const posted = service.client.call("createFindings", { body: { crossValidationId } });
    await expect(posted).rejects.toMatchObject({ problem: { code: "cross-validation-not-found" } });
    const { code, stderr } = await runCli(["findings", crossValidationId], {
      env: { WINNOW_URL: service.api.url },
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining("cross-validation-not-found")]);
  });
});
