import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("confident-learning.mjs", import.meta.url));
const cases = fileURLToPath(new URL("confident-learning", import.meta.url));

function golden(folder: string) {
  return spawnSync(process.execPath, [script, "--confident-learning", folder], {
    encoding: "utf8",
  });
}

describe("the recorded answers of cleanlab", () => {
  it("all 14 cases agree in every key that is offered", () => {
    const { status, stdout, stderr } = golden(cases);
    expect(stderr).toBe("");
    expect(stdout).not.toContain("DIFFERENT");
    const [, files, keys] = /(\d+) cases, (\d+) keys compared, 0 different/.exec(stdout) ?? [];
    expect(Number(files)).toBe(14);
    expect(Number(keys)).toBeGreaterThan(1000);
    expect(status).toBe(0);
  });

  it("one changed answer is reported and fails the run", () => {
    const folder = mkdtempSync(join(tmpdir(), "winnow-golden-"));
    try {
      const file = "s02_k3_n60_f32.json.gz";
      const recorded = JSON.parse(gunzipSync(readFileSync(join(cases, file))).toString());
      recorded.v1["issues/prune_by_noise_rate"].pop();
      writeFileSync(join(folder, file), gzipSync(JSON.stringify(recorded)));
      const { status, stdout } = golden(folder);
      expect(stdout).toContain("DIFFERENT v1 issues/prune_by_noise_rate");
      expect(stdout).toContain("1 different");
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
