import { FoldTrainingParams } from "@winnow/contracts";
import { type HeldOutSource, quickModel, TextStore } from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import { readTexts, type WholeBlock, writeAllFolds } from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import { assignRunFolds } from "../inputs/run-folds.js";
import { openSharedCache } from "../inputs/shared-cache.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { FoldTally } from "./fold-tally.js";

/**
 * Fits the quick model to all folds of a run and writes their held-out probabilities, guarded by the
 * claim. The same parameters and data give the same probabilities. Throws `StaleClaimError` if the
 * claim is lost; then nothing was written.
 */
export async function runQuickFolds(claim: RunClaim, deps: CpuDeps): Promise<void> {
  const { store, send } = deps;
  const startedAt = performance.now();
  const params = FoldTrainingParams.parse(claim.params);
  send({ type: "progress", phase: "preparing" });
  const texts = new TextStore();
  const { labels, classCount } = await readTexts(store, claim.datasetId, (text) => texts.add(text));
  const n = labels.length;
  const folder = folderPath(deps.storageDir, "tokens");
  const cache = openSharedCache(folder, (error) =>
    send({ type: "warning", message: `the cache is not shared between folds: ${error}` }),
  );
  const folds = await assignRunFolds(params, labels, cache, async () => texts.all());
  const scratch = [new ScratchFile(folder), new ScratchFile(folder)] as const;
  try {
    send({ type: "progress", phase: "fitting", step: 0, steps: n });
    const progress = fittingProgress(deps);
    const { source, temperature, features, model } = await quickModel({
      texts,
      labels,
      k: classCount,
      folds,
      scratch,
      onProgress: (share) => progress(Math.floor(share * n), n),
    });
    send({ type: "progress", phase: "writing", step: n, steps: n });
    const seconds = (performance.now() - startedAt) / 1000 / model.folds;
    const backend = { model: "quick", features: features.size, cjk: features.cjk, temperature };
    await retryOnOutage(() => {
      const tallies = Array.from({ length: model.folds }, () => new FoldTally());
      const figures = () => tallies.map((tally) => tally.figures(n, { seconds, backend }));
      const run = { labels, folds, classCount, figures };
      return writeAllFolds(store, claim, run, counted(source, folds, tallies));
    });
  } finally {
    for (const file of scratch) file.close();
  }
}

/** The rows as they are stored, each counted for its fold. */
function* counted(
  source: HeldOutSource,
  folds: Uint8Array,
  tallies: readonly FoldTally[],
): Iterable<WholeBlock> {
  const { k } = source;
  for (const { start, rows, labels, probs } of source.blocks()) {
    const stored = probs instanceof Float32Array ? probs : Float32Array.from(probs);
    for (let i = 0; i < rows; i++) {
      tallies[folds[start + i]!]!.add(stored, i * k, k, labels[i]!);
    }
    yield { start, rows, probs: stored };
  }
}
