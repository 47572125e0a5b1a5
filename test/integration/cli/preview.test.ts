import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";
import { makeCsv } from "../../support/jobs.js";

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-preview-"));
  writeFileSync(join(dir, "rows.csv"), makeCsv(300));
  writeFileSync(join(dir, "评论.csv.gz"), gzipSync("评论,标签\n很好看,正面\n太差了,负面\n"));
  const rows = ["a film,x,p", "a play,y,q", "a song,x,q", "a tale,y,p"];
  writeFileSync(join(dir, "unclear.csv"), ["a,b,c", ...rows].join("\n"));
  writeFileSync(join(dir, "broken.csv"), "text,label\nd\ngood film,x\nbad film,y\n");
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

// A port where nothing listens: a preview needs no service.
const winnow = (...args: string[]) =>
  runCli(["preview", ...args], { env: { WINNOW_URL: "http://127.0.0.1:9" }, cwd: dir });

describe("winnow preview", () => {
  it("shows encoding, format, columns with their roles, rows, and the command to copy", async () => {
    const { code, stdout, stderr } = await winnow("rows.csv");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^encoding +utf-8$/m);
    expect(stdout).toMatch(/^compression +none$/m);
    expect(stdout).toMatch(/^format +csv {2}guessed, confidence [01]\.\d\d$/m);
    expect(stdout).toMatch(/^ +1 {2}text +text$/m);
    expect(stdout).toMatch(/^ +3 {2}truth +true label$/m);
    expect(stdout).toMatch(/^ +2 {2}class-0 {2}\w+/m);
    expect(stdout).toContain(
      "winnow ingest rows.csv --format csv --text-column text --label-column label --id-column id --true-label-column truth --watch",
    );
  });

  it("reads compressed files and names in other scripts", async () => {
    const { code, stdout } = await winnow("评论.csv.gz");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^compression +gzip$/m);
    expect(stdout).toContain("winnow ingest 评论.csv.gz --format csv --text-column 评论");
  });

  it("shows rejects and warnings", async () => {
    const { code, stdout } = await winnow("broken.csv");
    expect(code).toBe(0);
    expect(stdout).toContain("line 2: field-count: expected 2 fields, found 1");
    expect(stdout).toContain("warning  many-rejected: 1 of 3 rows (33 %)");
  });

  it("says what an unclear file could be, and fails", async () => {
    const { code, stdout } = await winnow("unclear.csv");
    expect(code).toBe(1);
    expect(stdout).toContain("format-unclear");
    expect(stdout).toContain('the label may be in "c"');
    expect(stdout).toContain("--format csv --text-column a --label-column c");
    const told = await winnow("unclear.csv", "--label-column", "c");
    expect(told.code).toBe(0);
    expect(told.stdout).toContain("--text-column a --label-column c");
  });

  it("keeps to the terminal's width, the command apart", async () => {
    const { stdout } = await winnow("unclear.csv");
    const lines = stdout.split("\n").filter((line) => !line.startsWith("winnow ingest"));
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(100);
  });

  it("gives the answer of the HTTP preview as JSON", async () => {
    const { code, stdout } = await winnow("rows.csv", "--rows", "2", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      compression: "none",
      format: { type: "csv", idColumn: "id" },
      guessed: true,
      samples: [{ line: 2 }, { line: 3 }],
      problem: null,
    });
  });

  it("refuses a file that is not there, or no dataset", async () => {
    expect((await winnow("nothing.csv")).stderr).toContain("file-not-found");
    writeFileSync(join(dir, "empty.csv"), "");
    const empty = await winnow("empty.csv");
    expect(empty.code).toBe(1);
    expect(empty.stderr).toContain("empty-file");
  });
});
