import { findLabelIssues, POOL_SHARES, transitionOf } from "@winnow/confident-learning";
import { FoldTrainingParams, foldsMemberOf } from "@winnow/contracts";
import { fitNaiveBayes, heldOutProbabilities, quickModel, TextStore } from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import {
  listFolds,
  readProbabilityBlocks,
  readRowFolds,
  readTexts,
  SECOND_ROUND_STEPS,
  writeSecondRound,
} from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import { assignRunFolds } from "../inputs/run-folds.js";
import { openSharedCache } from "../inputs/shared-cache.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { float32Blocks, meanSource, pooledBlocks } from "./pooling.js";
import { readPosterior } from "./second-targets.js";

/** Of the task's steps: the quick model, what it learns from next, and the second model. */
const SHARES = { quick: 0.4, targets: 0.2, second: 0.4 } as const;
const STEPS = SECOND_ROUND_STEPS;

/**
 * The second round (docs/explanation/methods.md): the quick model learns once more, from the
 * posterior of what folds and quick model say together, and the pool of all three becomes the run's
 * probabilities. Reads the folds' probabilities from Postgres and trains no fold again. The same
 * run gives the same pool. Throws `StaleClaimError` if the claim is lost; then nothing was written.
 */
export async function runSecondRound(claim: RunClaim, deps: CpuDeps): Promise<void> {
  const { store, send } = deps;
  const { crossValidationId: id } = claim;
  const params = FoldTrainingParams.parse(claim.params);
  send({ type: "progress", phase: "preparing" });
  const texts = new TextStore();
  const { labels, classCount: k } = await readTexts(store, claim.datasetId, (text) =>
    texts.add(text),
  );
  const folder = folderPath(deps.storageDir, "tokens");
  const cache = openSharedCache(folder, (error) =>
    send({ type: "warning", message: `the cache is not shared between folds: ${error}` }),
  );
  const quickParams = { ...params, model: { kind: "quick" as const }, folds: undefined };
  const folds = await assignRunFolds(quickParams, labels, cache, async () => texts.all());
  const scratch = Array.from({ length: 3 }, () => new ScratchFile(folder));
  const [rowsFile, quickFile, secondFile] = scratch as [ScratchFile, ScratchFile, ScratchFile];
  try {
    const progress = fittingProgress(deps);
    send({ type: "progress", phase: "fitting", step: 0, steps: STEPS });
    const quick = await quickModel({
      texts,
      labels,
      k,
      folds,
      scratch: [rowsFile, quickFile],
      onProgress: (share) => progress(Math.floor(STEPS * SHARES.quick * share), STEPS),
    });
    const given = () => readProbabilityBlocks(store, id, k);
    const teacher = meanSource(given, await modelsOf(deps, id), quick.source);
    const { exactJoint } = await findLabelIssues(teacher, { semantics: "cleanlab-2" });
    const targets = await readPosterior(teacher, transitionOf(exactJoint, k));
    const model = await fitNaiveBayes(quick.features, { k, targets, folds });
    const { source: second } = await heldOutProbabilities(model, {
      labels,
      folds,
      scratch: secondFile,
      onProgress: (rows) => {
        const share = SHARES.quick + SHARES.targets + (SHARES.second * rows) / labels.length;
        progress(Math.floor(STEPS * share), STEPS);
      },
    });
    send({ type: "progress", phase: "writing", step: STEPS, steps: STEPS });
    const ownFolds = await readRowFolds(store, id, labels.length);
    await retryOnOutage(() =>
      writeSecondRound(store, claim, {
        labels,
        classCount: k,
        given: foldsMemberOf(params),
        pool: {
          folds: ownFolds,
          blocks: () =>
            pooledBlocks(given, POOL_SHARES.given, [
              { source: quick.source, share: POOL_SHARES.quick },
              { source: second, share: POOL_SHARES.second },
            ]),
        },
        quick: { folds, blocks: () => float32Blocks(quick.source) },
        second: { folds, blocks: () => float32Blocks(second) },
      }),
    );
  } finally {
    for (const file of scratch) file.close();
  }
}

/** How many models the folds' probabilities are the mean of: a network may have a linear part. */
async function modelsOf({ store }: CpuDeps, id: string): Promise<number> {
  const [first] = await listFolds(store, id);
  const { plan } = (first?.backend ?? {}) as { plan?: { linearPart?: unknown } };
  return plan?.linearPart === true ? 2 : 1;
}
