import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("run.mjs", import.meta.url));
const cases = fileURLToPath(new URL("albert", import.meta.url));
const bertCases = fileURLToPath(new URL("bert", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-golden-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function golden(...args: string[]) {
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

/** Copies a case and changes what it expects. */
function changed(name: string, change: (expected: never) => void): void {
  cpSync(join(cases, name), join(folder, name), { recursive: true });
  const file = join(folder, name, "expected.json");
  const expected = JSON.parse(readFileSync(file, "utf8"));
  change(expected as never);
  writeFileSync(file, JSON.stringify(expected));
}

describe("npm run golden -- --albert DIR", () => {
  it("ends with 0 where safetensors and bundle give the recorded numbers", () => {
    cpSync(join(cases, "case1_gelu_2layer"), join(folder, "case"), { recursive: true });
    const { status, stdout } = golden("--albert", folder, "--backend", "wasm");
    expect(stdout).toMatch(/^backend wasm, tfjs-backend-wasm/);
    expect(stdout).toMatch(/case safetensors, eager: \d{3} comparisons, 0 differences/);
    expect(stdout).toMatch(/case tensorflow-bundle, eager: \d{3} comparisons, 0 differences/);
    expect(status).toBe(0);
  });

  it("--bert: ends with 1 and names the number where one logit is off by more than 1e-5", () => {
    cpSync(join(bertCases, "case1_gelu_2layer"), join(folder, "case"), { recursive: true });
    expect(golden("--bert", folder)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/case tensorflow-bundle, eager: \d{3} comparisons, 0 diff/),
    });
    const file = join(folder, "case", "expected.json");
    const expected = JSON.parse(readFileSync(file, "utf8"));
    expected.heads[0].logits[0][0] += 3e-5;
    writeFileSync(file, JSON.stringify(expected));
    const { status, stdout } = golden("--bert", folder);
    expect(stdout).toMatch(/: logits: off by 0\.0000[23]\d*/);
    expect(status).toBe(1);
  });

  it("ends with 1 and names the number where one logit is off by more than 1e-4", () => {
    changed("case1_gelu_2layer", (expected: { heads: [{ logits: [[number]] }] }) => {
      expected.heads[0].logits[0][0] += 3e-4;
    });
    const { status, stdout } = golden("--albert", folder);
    expect(stdout).toMatch(/: logits: off by 0\.000[23]\d*, allowed 0\.0001/);
    expect(status).toBe(1);
  });

  it("ends with 1 where one text is cut otherwise", () => {
    changed("tokenizer", (expected: { cases: { ids: number[] }[] }) => {
      expected.cases[0]?.ids.push(7);
    });
    const { status, stdout } = golden("--albert", folder);
    expect(stdout).toMatch(/tokenizer tokenizer: \d+ comparisons, 1 differences/);
    expect(status).toBe(1);
  });

  it("ends with 1 where the folder holds no case, and with the reason where the backend is absent", () => {
    expect(golden("--albert", folder)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^No golden case under /),
    });
    const absent = golden("--albert", cases, "--backend", "webgpu");
    expect(absent.status).toBe(1);
    expect(absent.stderr).toMatch(/webgpu: .* To get it: npm /);
  });
});
