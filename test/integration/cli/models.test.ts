import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCheckpoint } from "@winnow/encoder";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { type ModelHub, openModelHub } from "../../support/model-hub.js";

// Each test starts the command several times.
vi.setConfig({ testTimeout: 600_000 });

const FOLDER = fileURLToPath(new URL("../../golden/bert-shapes/bare-names", import.meta.url));
const TOKEN = "hf_secretsecretsecret";
const [COMMIT, OLD] = ["a".repeat(40), "b".repeat(40)];
const NEEDED = ["config.json", "vocab.txt", "model.safetensors"];

const files = new Map(NEEDED.map((name) => [name, readFileSync(join(FOLDER, name))] as const));
const OTHERS = ["README.md", "tf_model.h5", "onnx/model.onnx", "pytorch_model.bin", "modeling.py"];
const whole = new Map([...files, ...OTHERS.map((name) => [name, Buffer.from(name)] as const)]);
const REVISIONS = { main: COMMIT, old: OLD };
const roberta = new Map([...files, ["config.json", Buffer.from('{"model_type": "roberta"}')]]);

let hub: ModelHub;
let dir: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-models-"));
  hub = await openModelHub({
    "org/small-bert": { files: whole, revisions: REVISIONS },
    "org/private-bert": { files: whole, revisions: REVISIONS, token: TOKEN },
    "org/roberta": { files: roberta, revisions: REVISIONS },
    "org/no-weights": { files: new Map([...files].slice(0, 2)), revisions: REVISIONS },
  });
});
afterEach(async () => {
  await hub.close();
  rmSync(dir, { recursive: true, force: true });
});

const models = (args: string[], env: Record<string, string> = {}) =>
  runCli(["models", ...args], { env: { HF_ENDPOINT: hub.url, MODELS_DIR: dir, ...env } });
const pulled = (name: string) => join(dir, "org", name);

describe("winnow models pull", () => {
  it("fetches the named files alone, and records commit and hashes", async () => {
    const { code, stdout, stderr } = await models(["pull", "org/small-bert", "--json"]);
    expect(code, stderr).toBe(0);
    expect(readdirSync(pulled("small-bert")).sort()).toEqual(
      [...NEEDED, "winnow-model.json"].sort(),
    );
    expect(new Set(hub.fetched.map(({ path }) => path))).toEqual(new Set(NEEDED));
    const record = JSON.parse(stdout);
    expect(record).toEqual(
      JSON.parse(readFileSync(join(pulled("small-bert"), "winnow-model.json"), "utf8")),
    );
    expect(record).toMatchObject({ name: "org/small-bert", revision: "main", commit: COMMIT });
    for (const { path, sha256 } of record.files) {
      const content = readFileSync(join(pulled("small-bert"), path));
      expect(content).toEqual(files.get(path));
      expect(sha256).toBe(createHash("sha256").update(content).digest("hex"));
    }
    const { config } = await readCheckpoint(pulled("small-bert"), { head: { tap: "last" } });
    expect(config.modelType).toBe("bert");
  });

  it("goes on where it was cut off, and fetches nothing twice", async () => {
    hub.cutNext("model.safetensors", 1_000, 4);
    const first = await models(["pull", "org/small-bert"]);
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/download-cut.*run the command again/s);
    expect(readdirSync(join(dir, "org"))).toEqual([`.small-bert.${COMMIT.slice(0, 12)}.part`]);
    hub.fetched.length = 0;
    const second = await models(["pull", "org/small-bert"]);
    expect(second.code, second.stderr).toBe(0);
    expect(hub.fetched).toEqual([
      { path: "model.safetensors", range: expect.stringMatching(/^bytes=4000-/) },
    ]);
    expect(readFileSync(join(pulled("small-bert"), "model.safetensors"))).toEqual(
      files.get("model.safetensors"),
    );
    hub.fetched.length = 0;
    expect((await models(["pull", "org/small-bert"])).code).toBe(0);
    expect(hub.fetched).toEqual([]);
  });

  it("a connection that ends in the middle is made again", async () => {
    hub.cutNext("model.safetensors", 5_000, 1);
    const { code, stderr } = await models(["pull", "org/small-bert"]);
    expect(code, stderr).toBe(0);
    const content = readFileSync(join(pulled("small-bert"), "model.safetensors"));
    expect(content).toEqual(files.get("model.safetensors"));
  });

  it.each(["model.safetensors", "vocab.txt"])(
    "refuses %s with another hash than is listed",
    async (file) => {
      hub.spoil(file);
      const { code, stderr } = await models(["pull", "org/small-bert"]);
      expect(code).toBe(1);
      expect(stderr).toContain("wrong-hash");
      expect(stderr).toContain(`${file} is not the file that the hub lists`);
      expect(readdirSync(join(dir, "org"))).toEqual([`.small-bert.${COMMIT.slice(0, 12)}.part`]);
      const part = join(dir, "org", readdirSync(join(dir, "org"))[0]!);
      expect(readdirSync(part)).not.toContain(file);
    },
  );

  it("sends the token to the hub, and prints it nowhere", async () => {
    const without = await models(["pull", "org/private-bert"]);
    expect([without.code, without.stderr]).toEqual([
      1,
      expect.stringMatching(/hub-refused.*HF_TOKEN/s),
    ]);
    const wrong = await models(["pull", "org/private-bert"], { HF_TOKEN: "hf_wrongwrong" });
    expect(wrong.stdout + wrong.stderr).not.toContain("hf_wrongwrong");
    const { code, stdout, stderr } = await models(["pull", "org/private-bert", "--json"], {
      HF_TOKEN: TOKEN,
    });
    expect(code, stderr).toBe(0);
    for (const text of [
      stdout,
      stderr,
      readFileSync(join(pulled("private-bert"), "winnow-model.json"), "utf8"),
    ])
      expect(text).not.toContain(TOKEN);
    const broken = await models(["pull", "org/private-bert"], { HF_TOKEN: "secret_in_wrong_form" });
    expect(broken.stderr).toMatch(/HF_TOKEN: must be a token of the hub/);
    expect(broken.stderr).not.toContain("secret_in_wrong_form");
  });

  it("takes a revision, and another one in its place", async () => {
    expect((await models(["pull", "org/small-bert@old"])).code).toBe(0);
    const { code, stdout } = await models(["pull", "org/small-bert", "--json"]);
    expect([code, JSON.parse(stdout).commit]).toEqual([0, COMMIT]);
    expect(readdirSync(join(dir, "org"))).toEqual(["small-bert"]);
  });

  it.each([
    ["org/roberta", /model-unsuitable.*describes a roberta model/s],
    ["org/no-weights", /model-unsuitable.*has no model.safetensors and no pytorch_model.bin/s],
    ["org/nowhere", /hub-refused.*does not exist/s],
    ["org/small-bert@nowhere", /model-not-found.*revision/s],
    ["../etc/passwd", /model-name/],
    ["org/..", /model-name/],
    ["https://example.com/x", /model-name/],
  ])("refuses %s", async (name, message) => {
    const { code, stderr } = await models(["pull", name]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(hub.fetched.map(({ path }) => path)).not.toContain("model.safetensors");
  });

  it("leaves a folder alone that no pull wrote, and asks for MODELS_DIR", async () => {
    mkdirSync(pulled("small-bert"), { recursive: true });
    writeFileSync(join(pulled("small-bert"), "config.json"), "{}");
    const { code, stderr } = await models(["pull", "org/small-bert"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("folder-taken")]);
    expect(readFileSync(join(pulled("small-bert"), "config.json"), "utf8")).toBe("{}");
    const missing = await models(["list"], { MODELS_DIR: join(dir, "nowhere") });
    expect(missing.stderr).toMatch(/models-dir-missing.*mkdir -p/s);
  });

  it("a hub that cannot be reached is named", async () => {
    const { code, stderr } = await models(["pull", "org/small-bert"], {
      HF_ENDPOINT: "http://127.0.0.1:9",
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/hub-unreachable.*127.0.0.1:9/s)]);
  });
});

it("winnow models list shows pulled models and those that were put there", async () => {
  expect((await models(["list"])).stdout).toContain("holds no model");
  await models(["pull", "org/small-bert"]);
  mkdirSync(join(dir, "own"));
  writeFileSync(join(dir, "own", "bert_config.json"), "{}");
  const { stdout } = await models(["list"]);
  expect(stdout).toMatch(/org\/small-bert +main {2}a{12} +\d/);
  expect(stdout).toMatch(/own +not pulled/);
  const { models: listed } = JSON.parse((await models(["list", "--json"])).stdout);
  expect(listed.map(({ path }: { path: string }) => path)).toEqual(["org/small-bert", "own"]);
});
