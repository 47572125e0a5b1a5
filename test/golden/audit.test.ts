import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("run.mjs", import.meta.url));
const cases = fileURLToPath(new URL("audit", import.meta.url));

const golden = (folder: string) =>
  spawnSync(process.execPath, [script, "--audit", folder], { encoding: "utf8" });

describe("the recorded figures of the quick model, of vectors, and of the order error_odds", () => {
  it("all nine cases agree in every figure", () => {
    const { status, stdout, stderr } = golden(cases);
    expect(stderr).toBe("");
    expect(stdout).not.toContain("DIFFERENT");
    expect(stdout).toContain("9 cases, 155826 figures compared, 0 different");
    expect(status).toBe(0);
  });

  it("one changed figure is reported and fails the run, and so does a folder without cases", () => {
    const folder = mkdtempSync(join(tmpdir(), "winnow-golden-"));
    try {
      expect(golden(folder).status).toBe(2);
      const file = "cjk-mixed.json.gz";
      const recorded = JSON.parse(gunzipSync(readFileSync(join(cases, file))).toString());
      recorded.poolOrder[7] += 1e-3;
      writeFileSync(join(folder, file), gzipSync(JSON.stringify(recorded)));
      const { status, stdout } = golden(folder);
      expect(stdout).toContain("DIFFERENT poolOrder[7]");
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
