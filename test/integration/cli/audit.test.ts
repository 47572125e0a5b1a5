import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";

const CLASSES = ["animals", "weather, news", "machines"];
const WORDS = [
  ["cat", "dog", "horse", "feather", "barks", "meadow"],
  ["rain", "storm", "cloud", "sunny", "wind", "degrees"],
  ["engine", "wheel", "motor", "gear", "diesel", "torque"],
];
const ROWS = 360;

interface Row {
  readonly id: string;
  readonly note: string;
  readonly text: string;
  readonly label: string;
}

/** Texts of their class's words; every tenth row has the next class's label. */
function makeRows(): { rows: Row[]; wrong: Set<number> } {
  let state = 5;
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const wrong = new Set<number>();
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const truth = i % 3;
    const words = Array.from({ length: 6 }, () => WORDS[truth]![below(6)]!);
    const isWrong = i % 10 === 4;
    if (isWrong) wrong.add(i);
    const label = CLASSES[isWrong ? (truth + 1) % 3 : truth]!;
    return { id: `r${i}`, note: `a "note", ${i}`, text: `${words.join(" ")} the ${i}`, label };
  });
  return { rows, wrong };
}

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const { rows, wrong } = makeRows();
const lineOf = ({ id, note, text, label }: Row) => [id, note, text, label].map(cell).join(",");

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-audit-"));
  const csv = ["id,note,text,label", ...rows.map(lineOf), "x,,,animals", "y,,a text,"].join("\n");
  writeFileSync(join(dir, "titles.csv"), csv);
  writeFileSync(join(dir, "one.csv"), "text,label\na cat,a\na dog,a\na bird,a\n");
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

// No service, no database and no Redis: none of them could be reached.
const ENV = { WINNOW_URL: "http://127.0.0.1:9", DATABASE_URL: "", REDIS_URL: "" };
const winnow = (...args: string[]) => runCli(["audit", ...args], { env: ENV, cwd: dir });

const table = (path: string): Record<string, string>[] =>
  parse(readFileSync(join(dir, path)), { columns: true });

describe("winnow audit", () => {
  it("writes the rows with and without flags, whole, and a score for every row", async () => {
    const { code, stdout, stderr } = await winnow("titles.csv", "--scores", "scores.csv");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("guessed, confidence");
    expect(stderr).toContain("--text-column text --label-column label");
    const noise = table("titles.csv.audit/noise.csv");
    const cleaned = table("titles.csv.audit/cleaned.csv");
    expect(noise.length + cleaned.length).toBe(ROWS);
    const found = new Set(noise.map(({ id }) => Number(id?.slice(1))));
    for (const row of found) expect(wrong).toContain(row);
    expect(found.size).toBeGreaterThan(wrong.size - 4);
    for (const row of [...cleaned, ...noise]) {
      const { id, note, text, label } = rows[Number(row.id?.slice(1))]!;
      expect(row).toMatchObject({ id, note, text, label });
    }
    const scores = table("scores.csv");
    expect(scores.map(({ row }) => row)).toEqual(rows.map((_, i) => String(i + 1)));
    expect(scores.map(({ given }) => given)).toEqual(rows.map(({ label }) => label));
    const worst = [...scores].sort((a, b) => Number(b.score) - Number(a.score));
    for (const { row, suggested } of worst.slice(0, wrong.size)) {
      const place = Number(row) - 1;
      expect(wrong).toContain(place);
      expect(suggested).toBe(CLASSES[place % 3]);
    }
    for (const { given, suggested } of scores) expect(suggested).not.toBe(given);
    for (const line of stdout.split("\n")) expect(stringWidth(line), line).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^360 rows {2}3 classes {2}2 rejected$/m);
    expect(stdout).toMatch(/^The 20 worst$/m);
    expect(stdout).toMatch(/^By given class$/m);
    const left = readdirSync(dir, { recursive: true }).filter((name) =>
      String(name).endsWith("part"),
    );
    expect(left).toEqual([]);
  });

  it("says as JSON why a label is doubted: the words' weights add up with all others", async () => {
    const { code, stdout } = await winnow("titles.csv", "--json", "--evidence", "--no-files");
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ rows: ROWS, rejected: 2, order: "error_odds", files: [] });
    expect(report.byClass.map((one: { class: string }) => one.class).sort()).toEqual(
      [...CLASSES].sort(),
    );
    for (const { rate, interval } of report.byClass) {
      expect(interval.low).toBeLessThanOrEqual(rate);
      expect(interval.high).toBeGreaterThanOrEqual(rate);
    }
    expect(report.flagged[0]).toBe(report.worst[0].record);
    for (const { record, evidence, suggested, given } of report.worst) {
      const words = WORDS[CLASSES.indexOf(suggested)]!;
      expect(given).toBe(rows[record - 1]!.label);
      expect(evidence.suggested.length).toBeLessThanOrEqual(5);
      expect(words.some((word) => evidence.suggested[0].ngram.includes(word))).toBe(true);
      const weights = evidence.suggested.map((part: { weight: number }) => part.weight);
      expect(weights).toEqual([...weights].sort((a, b) => b - a));
      expect(evidence.difference).toBeGreaterThan(evidence.suggested[0].weight);
    }
  });

  it("adds suggestion, score and evidence to the noise file, in the format of the file", async () => {
    const jsonl = rows.map((row) => JSON.stringify({ ...row, score: 1 })).join("\n");
    writeFileSync(join(dir, "titles.jsonl.gz"), gzipSync(jsonl));
    const { code } = await winnow("titles.jsonl.gz", "--evidence", "--out", "lines");
    expect(code).toBe(0);
    const noise = readFileSync(join(dir, "lines/noise.jsonl"), "utf8").trim().split("\n");
    for (const line of noise) {
      const row = JSON.parse(line);
      expect(row).toMatchObject({ score: 1, note: expect.stringContaining("note") });
      expect(CLASSES).toContain(row.suggested);
      expect(row.winnow_score).toEqual(expect.any(Number));
      expect(row.evidence.suggested[0].weight).toBeGreaterThan(0);
    }
  });

  it("gives the same answer at every run, and another seed deals other folds", async () => {
    const flagged = async (...args: string[]) =>
      JSON.parse((await winnow("titles.csv", "--json", "--no-files", ...args)).stdout).worst;
    const first = await flagged();
    expect(await flagged()).toEqual(first);
    expect(await flagged("--seed", "2")).not.toEqual(first);
  });

  it("fails where more is flagged than allowed, and only then", async () => {
    const failed = await winnow("titles.csv", "--no-files", "--fail-above", "0.05");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/rows are flagged, \d+\.\d %; --fail-above allows 5\.0 %/);
    expect((await winnow("titles.csv", "--no-files", "--fail-above", "0.5")).code).toBe(0);
  });

  it("says what is wrong with a file that cannot be audited, and writes nothing", async () => {
    const one = await winnow("one.csv", "--out", "nothing", "--scores", "nothing.csv");
    expect(one.code).toBe(1);
    expect(one.stderr).toMatch(/error {2}[a-z-]+: .*class/);
    const absent = await winnow("absent.csv");
    expect(absent.stderr).toContain("file-not-found: There is no file absent.csv.");
    expect(existsSync(join(dir, "nothing"))).toBe(false);
    expect(existsSync(join(dir, "nothing.csv"))).toBe(false);
  });
});
