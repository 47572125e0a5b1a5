import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";

// Each test starts the command several times.
vi.setConfig({ testTimeout: 600_000 });

const ENCODER = fileURLToPath(new URL("../../golden/bert-shapes/bare-names", import.meta.url));
const WORDS = { animals: ["cat", "dog"], places: ["river", "mat"], cafes: ["cafe", "walk"] };
const ROWS = 180;

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-encoder-"));
  const kinds = Object.entries(WORDS);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const [label, words] = kinds[i % 3]!;
    const given = i % 15 === 4 ? kinds[(i + 1) % 3]![0] : label;
    return `the ${words[i % 2]} sat on ${i % 7} ${words[(i >> 1) % 2]},${given}`;
  });
  writeFileSync(join(dir, "titles.csv"), ["text,label", ...lines].join("\n"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const audit = (...args: string[]) =>
  runCli(["audit", "titles.csv", "--no-files", ...args], {
    cwd: dir,
    env: { XDG_CACHE_HOME: join(dir, "cache"), MODELS_DIR: join(ENCODER, "..") },
  });

describe("winnow audit --encoder", () => {
  it("encodes every text once; a second run takes all from the cache, and says the same", async () => {
    const encoder = ["--encoder", ENCODER, "--max-length", "16"];
    const first = await audit(...encoder, "--scores", "one.csv");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/encoding 180 rows takes about/);
    const texts = new Set(
      readFileSync(join(dir, "titles.csv"), "utf8")
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0]),
    );
    expect(first.stderr).toContain(`${texts.size} different texts were encoded`);
    const second = await audit(...encoder, "--scores", "two.csv");
    expect(second.stderr).toContain("0 different texts were encoded");
    expect(second.stderr).not.toContain("takes about");
    expect(readFileSync(join(dir, "two.csv"))).toEqual(readFileSync(join(dir, "one.csv")));
  });

  it("finds a folder below MODELS_DIR, and gives the members of vectors", async () => {
    const { code, stdout, stderr } = await audit(
      ...["--encoder", "pickle", "--max-length", "16", "--pooling", "cls", "--json"],
    );
    expect(code, stderr).toBe(0);
    expect(JSON.stringify(JSON.parse(stdout))).toContain("vectors-second");
  });

  it("--static sums what the encoder makes of its vocabulary, which a second run takes from the cache", async () => {
    const asked = ["--encoder", ENCODER, "--max-length", "16", "--static"];
    const first = await audit(...asked, "--scores", "one.csv");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/180 vectors of 8 columns/);
    expect(first.stderr).toContain("encoding by");
    const second = await audit(...asked, "--scores", "two.csv");
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).not.toContain("encoding by");
    expect(readFileSync(join(dir, "two.csv"))).toEqual(readFileSync(join(dir, "one.csv")));
  });

  it.each([
    [["--encoder", "nowhere"], /encoder-missing.*winnow models pull/s],
    [["--static"], /--static needs --encoder/],
    [["--encoder", ENCODER, "--embeddings", "x.npy"], /two-sources/],
    [["--encoder", ENCODER, "--max-length", "64"], /maxLength 64 is not a whole number of 3 to 16/],
    [["--encoder", "."], /holds no model.safetensors/],
  ])("%s is refused", async (args, message) => {
    const { code, stderr } = await audit(...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
