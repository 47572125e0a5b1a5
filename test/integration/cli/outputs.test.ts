import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";

const ROWS = 60;
const lines = Array.from({ length: ROWS }, (_, i) =>
  i % 2 === 0 ? `a cat and dog ${i},animals,animals` : `rain and wind ${i},weather,weather`,
);
const TITLES = ["text,label,other", ...lines].join("\n");
const FORMAT = ["--format", "csv", "--text-column", "text", "--label-column", "label"];
const VOTES = ["--format", "csv", "--text-column", "text", "--annotator-columns", "label,other"];

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-outputs-"));
  writeFileSync(join(dir, "titles.csv"), TITLES);
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a command that must fail, and leave the file that it reads as it was. */
async function refused(args: readonly string[], message: RegExp, file = "titles.csv") {
  const { code, stderr } = await runCli(args, { cwd: dir });
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
  expect(readFileSync(join(dir, file), "utf8")).toBe(TITLES);
}

describe("what a command writes", () => {
  it("never replaces the file that is audited, whatever it is called", async () => {
    writeFileSync(join(dir, "cleaned.csv"), TITLES);
    const replaced = /output-is-input.*cleaned\.csv would replace cleaned\.csv/s;
    await refused(["audit", "cleaned.csv", "--out", ".", ...FORMAT], replaced, "cleaned.csv");
    await refused(["audit", "titles.csv", "--scores", "titles.csv", ...FORMAT], /output-is-input/);
    await refused(
      ["audit", "titles.csv", "--scores", "./titles.csv", ...FORMAT],
      /output-is-input/,
    );
    symlinkSync("titles.csv", join(dir, "soft.csv"));
    linkSync(join(dir, "titles.csv"), join(dir, "hard.csv"));
    await refused(["audit", "soft.csv", "--scores", "titles.csv", ...FORMAT], /output-is-input/);
    await refused(["audit", "titles.csv", "--scores", "hard.csv", ...FORMAT], /output-is-input/);
    expect(existsSync(join(dir, "noise.csv"))).toBe(false);
    expect(existsSync(join(dir, "titles.csv.audit"))).toBe(false);
  });

  it("passes by no file that is read, on the way to its name", async () => {
    writeFileSync(join(dir, "cleaned.csv.part"), TITLES);
    const args = ["audit", "cleaned.csv.part", "--out", ".", ...FORMAT];
    await refused(args, /by way of cleaned\.csv\.part/, "cleaned.csv.part");
  });

  it("never replaces class names or vectors", async () => {
    writeFileSync(join(dir, "names.txt"), "animals\nweather\n");
    const named = ["audit", "titles.csv", "--label-names", "names.txt", ...FORMAT];
    await refused([...named, "--scores", "names.txt"], /output-is-input/);
    expect(readFileSync(join(dir, "names.txt"), "utf8")).toBe("animals\nweather\n");
    writeFileSync(join(dir, "e.npy"), "vectors");
    const vectors = ["audit", "titles.csv", "--embeddings", "e.npy", ...FORMAT];
    await refused([...vectors, "--scores", "e.npy"], /output-is-input/);
    expect(readFileSync(join(dir, "e.npy"), "utf8")).toBe("vectors");
  });

  it("is known to have a place before the work begins", async () => {
    const audit = ["audit", "titles.csv", ...FORMAT];
    await refused([...audit, "--scores", "missing/scores.csv"], /folder-not-found.*make it first/s);
    await refused([...audit, "--scores", "."], /not-a-file/);
    await refused([...audit, "--out", "titles.csv"], /not-a-folder/);
    mkdirSync(join(dir, "results"));
    const both = ["--out", "results", "--scores", "results/cleaned.csv"];
    await refused([...audit, ...both], /same-output/);
    expect(existsSync(join(dir, "titles.csv.audit"))).toBe(false);
  });

  it("says where it takes an earlier file's place", async () => {
    const commands = [
      ["audit", "titles.csv", "--scores", "scores.csv", ...FORMAT],
      ["consensus", "titles.csv", "--annotators", "people.csv", ...VOTES],
    ];
    for (const args of commands) {
      const first = await runCli(args, { cwd: dir });
      expect(first.stdout).not.toContain("in place of an earlier one");
      const again = await runCli(args, { cwd: dir });
      expect(again.code).toBe(0);
      const files = args[0] === "audit" ? 3 : 2;
      expect(again.stdout.match(/\(in place of an earlier one\)/g)).toHaveLength(files);
    }
  });

  it("is no file with votes, and not one file twice", async () => {
    const consensus = ["consensus", "titles.csv", ...VOTES];
    await refused([...consensus, "-o", "titles.csv"], /output-is-input/);
    symlinkSync("titles.csv", join(dir, "soft.csv"));
    await refused([...consensus, "--annotators", "soft.csv"], /output-is-input/);
    await refused([...consensus, "-o", "a.csv", "--annotators", "a.csv"], /same-output/);
  });

  it("is not the file of a demo, with --force neither", async () => {
    writeFileSync(join(dir, "cleaned.csv"), TITLES);
    const args = ["demo", "--file", "cleaned.csv", "--out", ".", "--force", ...FORMAT];
    await refused(args, /output-is-input/, "cleaned.csv");
  });
});
