import { meanOfSources } from "@winnow/confident-learning";
import { FoldTrainingParams, hasVectors } from "@winnow/contracts";
import {
  type QuickAnswer,
  type QuickByParent,
  quickByParent,
  quickModel,
  TextStore,
} from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import { readTexts, type WholeBlock, writeAllFolds } from "@winnow/store";
import { storeQuickModel } from "../../run-files/quick-model-file.js";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { retryOnOutage } from "../../tasks/outages.js";
import { recipeOfRun } from "../inputs/after-folds.js";
import { assignRunFolds } from "../inputs/run-folds.js";
import { classParents } from "./class-parents.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { FoldTally } from "./fold-tally.js";
import { float32Blocks } from "./pooling.js";
import { poolWithVectors, type VectorPool } from "./vector-pool.js";

/** Of the task's steps, where vectors follow. */
const QUICK_SHARE = 0.3;

/**
 * Fits the quick model to all folds of a run, with vectors two rounds of it and of the vectors' model, and
 * writes their held-out probabilities, guarded by the claim. The same parameters and data give the same probabilities. Throws `StaleClaimError` if the
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
  const folds = await assignRunFolds(params, labels, cache, async () => [texts.all()]);
  const parentOf = await classParents(store, claim.datasetId, params);
  const scratch: ScratchFile[] = [];
  const openScratch = () => {
    const file = new ScratchFile(folder);
    scratch.push(file);
    return file;
  };
  let rounds: VectorPool | undefined;
  try {
    send({ type: "progress", phase: "fitting", step: 0, steps: n });
    const progress = fittingProgress(deps);
    const { model: asked } = params;
    const quickShare = hasVectors(asked) ? QUICK_SHARE : 1;
    const options = {
      ...{ texts, labels, k: classCount, folds },
      onProgress: (share: number) => progress(Math.floor(quickShare * share * n), n),
    };
    const quick = parentOf
      ? await quickByParent({ ...options, parentOf, openScratch })
      : await quickModel({ ...options, scratch: [openScratch(), openScratch()] });
    const { source, temperature, features } = quick;
    if (isFlat(quick)) {
      const run = { datasetId: claim.datasetId, labels, folds, k: classCount };
      await storeQuickModel(cache, run, quick);
    }
    // With vectors parents never come first (trainingFaults).
    if (hasVectors(asked) && isFlat(quick)) {
      const onProgress = (share: number) =>
        progress(Math.floor((quickShare + (1 - quickShare) * share) * n), n);
      const plan = { model: asked, texts, quick, labels, k: classCount, folder, onProgress };
      rounds = await poolWithVectors(claim, { ...plan, teacherOf: meanOfSources }, deps);
    }
    const blocks = rounds?.blocks ?? (() => float32Blocks(source));
    send({ type: "progress", phase: "writing", step: n, steps: n });
    const foldCount = 1 + folds.reduce((last, fold) => Math.max(last, fold), 0);
    const seconds = (performance.now() - startedAt) / 1000 / foldCount;
    const backend = {
      ...{ model: "quick", features: features.size, cjk: features.cjk, temperature },
      ...(parentOf && { levels: "parent-first" }),
      ...rounds?.figures,
    };
    await retryOnOutage(() => {
      const tallies = Array.from({ length: foldCount }, () => new FoldTally());
      const figures = () => tallies.map((tally) => tally.figures(n, { seconds, backend }));
      const { warnings } = recipeOfRun(params, n, classCount);
      const run = {
        ...{ labels, folds, classCount, figures },
        ...(rounds && { members: rounds.members, warnings }),
      };
      return writeAllFolds(
        store,
        claim,
        run,
        counted(blocks(), labels, { folds, classCount }, tallies),
      );
    });
  } finally {
    rounds?.close();
    for (const file of scratch) file.close();
  }
}

/** The rows as they are stored, each counted for its fold. */
async function* counted(
  blocks: AsyncIterable<WholeBlock>,
  labels: Int32Array,
  { folds, classCount: k }: { readonly folds: Uint8Array; readonly classCount: number },
  tallies: readonly FoldTally[],
): AsyncGenerator<WholeBlock> {
  for await (const block of blocks) {
    const { start, rows, probs } = block;
    for (let i = 0; i < rows; i++) {
      tallies[folds[start + i]!]!.add(probs, i * k, k, labels[start + i]!);
    }
    yield block;
  }
}

const isFlat = (quick: QuickAnswer | QuickByParent): quick is QuickAnswer => "model" in quick;
