import { checkShape } from "../count/estimate.js";
import { classThresholds, readGivenLabels } from "../count/thresholds.js";
import type { Progress } from "../input/options.js";
import { checkedRows } from "../input/probability-checks.js";
import { readBlocks } from "../input/read-blocks.js";
import type { ProbabilitySource } from "../input/source.js";
import { type QualityScore, rowScore } from "../rank/label-quality.js";

/** How rows are scored. */
export interface ScoreOptions {
  /** Default `self_confidence`. */
  readonly score?: QualityScore;
  /** Adjusts by the class thresholds first; not for the entropy. */
  readonly adjust?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The label quality of every row (n), as cleanlab 2 scores it: lower = worse. Reads twice. */
export async function labelQualityScores(
  source: ProbabilitySource,
  options: ScoreOptions = {},
): Promise<Float64Array> {
  const { n, k, dtype } = source;
  checkShape(n, k);
  const pass = (number: number) => ({
    pass: number,
    passes: 2,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  const given = await readGivenLabels(source, pass(1));
  const thresholds = options.adjust ? classThresholds(given, "cleanlab-2") : undefined;
  const single = dtype === "float32";
  const score = rowScore(options.score ?? "self_confidence", k, single, thresholds);
  const scores = new Float64Array(n);
  await readBlocks(source, pass(2), (block) => {
    const probs = checkedRows(block.probs, 0, block.rows, k, block.start);
    for (let i = 0; i < block.rows; i++) {
      const row = block.start + i;
      scores[row] = score(probs, i * k, given.labels[row]!);
    }
  });
  return scores;
}
