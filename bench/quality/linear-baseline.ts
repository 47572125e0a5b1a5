import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inBench } from "../service/paths.js";
import type { Predictions } from "./cross-validate.js";
import type { QualitySet } from "./sets.js";

/** scikit-learn's logistic regression over TF-IDF on the same folds; null where Python lacks it. */
export function linearBaseline(set: QualitySet, python: string): Predictions | null {
  if (spawnSync(python, ["-c", "import sklearn"]).status !== 0) {
    console.log(`no linear baseline: ${python} has no scikit-learn (pip install scikit-learn)`);
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), "winnow-linear-"));
  try {
    const input = join(folder, "in.json");
    const output = join(folder, "out.f32");
    const { texts, given, folds, classes } = set;
    const characters = set.name.startsWith("toutiao");
    writeFileSync(
      input,
      JSON.stringify({ texts, given: [...given], folds: [...folds], classes, characters }),
    );
    const startedAt = performance.now();
    execFileSync(python, [inBench("quality/linear_baseline.py"), input, output], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { probs: new Float32Array(new Uint8Array(readFileSync(output)).buffer), seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
