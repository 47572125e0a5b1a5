import {
  findLabelIssues,
  POOL_SHARES,
  type ProbabilitySource,
  transitionOf,
} from "@winnow/confident-learning";
import {
  FoldTrainingParams,
  foldsMemberOf,
  hasVectors,
  SECOND_ROUND_STEPS,
} from "@winnow/contracts";
import {
  fitNaiveBayes,
  type HeldOutSource,
  heldOutProbabilities,
  type QuickAnswer,
  quickModel,
  TextStore,
} from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import {
  listFolds,
  readProbabilityBlocks,
  readRowFolds,
  readTexts,
  writeSecondRound,
} from "@winnow/store";
import { storeQuickModel } from "../../run-files/quick-model-file.js";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { retryOnOutage } from "../../tasks/outages.js";
import { assignRunFolds } from "../inputs/run-folds.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { float32Blocks, type Given, meanSource, pooledBlocks } from "./pooling.js";
import { readPosterior } from "./second-targets.js";
import { poolWithVectors, type RoundsPool } from "./vector-pool.js";

/** Of the task's steps the quick model's; of the rest what it learns from next. */
const QUICK_SHARE = 0.4;
const TARGETS_SHARE = 1 / 3;
const STEPS = SECOND_ROUND_STEPS;

/**
 * The second round (docs/explanation/methods.md): the quick model learns once more, from the
 * posterior of what folds and quick model say together, and the pool of all three becomes the run's
 * probabilities; where the run has vectors, the pool of both rounds of the quick model and theirs. Reads the folds' probabilities from Postgres and trains no fold again. The same
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
  const folds = await assignRunFolds(quickParams, labels, cache, async () => [texts.all()]);
  const scratch = Array.from({ length: 3 }, () => new ScratchFile(folder));
  const [rowsFile, quickFile, secondFile] = scratch as [ScratchFile, ScratchFile, ScratchFile];
  let rounds: RoundsPool | undefined;
  try {
    const progress = fittingProgress(deps);
    send({ type: "progress", phase: "fitting", step: 0, steps: STEPS });
    const quick = await quickModel({
      texts,
      labels,
      k,
      folds,
      scratch: [rowsFile, quickFile],
      onProgress: (share) => progress(Math.floor(STEPS * QUICK_SHARE * share), STEPS),
    });
    await storeQuickModel(cache, { datasetId: claim.datasetId, labels, folds, k }, quick);
    const given = () => readProbabilityBlocks(store, id, k);
    const models = await modelsOf(deps, id);
    const onProgress = (share: number) =>
      progress(Math.floor(STEPS * (QUICK_SHARE + (1 - QUICK_SHARE) * share)), STEPS);
    const { model } = params;
    const teacherOf = (members: readonly HeldOutSource[]) => meanSource(given, models, members);
    rounds = hasVectors(model)
      ? await poolWithVectors(
          claim,
          { model, texts, quick, labels, k, teacherOf, folder, onProgress },
          deps,
        )
      : await poolWithFolds({ quick, labels, k, given, teacherOf, onProgress }, secondFile);
    const { blocks, members } = rounds;
    send({ type: "progress", phase: "writing", step: STEPS, steps: STEPS });
    const ownFolds = await readRowFolds(store, id, labels.length);
    await retryOnOutage(() =>
      writeSecondRound(store, claim, {
        labels,
        classCount: k,
        given: foldsMemberOf(params),
        pool: { folds: ownFolds, blocks },
        members,
      }),
    );
  } finally {
    rounds?.close();
    for (const file of scratch) file.close();
  }
}

interface FoldsPlan {
  readonly quick: QuickAnswer;
  readonly labels: Int32Array;
  readonly k: number;
  readonly given: Given;
  readonly teacherOf: (members: readonly HeldOutSource[]) => ProbabilitySource;
  readonly onProgress: (share: number) => void;
}

/** The pool of the folds, the quick model, and the quick model once more on what both say together. */
async function poolWithFolds(
  { quick, labels, k, given, teacherOf, onProgress }: FoldsPlan,
  scratch: ScratchFile,
): Promise<RoundsPool> {
  const { folds } = quick;
  const teacher = teacherOf([quick.source]);
  const { exactJoint } = await findLabelIssues(teacher, { semantics: "cleanlab-2" });
  const targets = await readPosterior(teacher, transitionOf(exactJoint, k));
  onProgress(TARGETS_SHARE);
  const model = await fitNaiveBayes(quick.features, { k, targets, folds });
  const { source: second } = await heldOutProbabilities(model, {
    labels,
    folds,
    scratch,
    onProgress: (rows) => onProgress(TARGETS_SHARE + ((1 - TARGETS_SHARE) * rows) / labels.length),
  });
  return {
    blocks: () =>
      pooledBlocks(given, POOL_SHARES.given, [
        { source: quick.source, share: POOL_SHARES.quick },
        { source: second, share: POOL_SHARES.second },
      ]),
    members: [
      { member: "quick", folds, blocks: () => float32Blocks(quick.source) },
      { member: "second", folds, blocks: () => float32Blocks(second) },
    ],
    close: () => {},
  };
}

/** How many models the folds' probabilities are the mean of: a network may have a linear part. */
async function modelsOf({ store }: CpuDeps, id: string): Promise<number> {
  const [first] = await listFolds(store, id);
  const { plan } = (first?.backend ?? {}) as { plan?: { linearPart?: unknown } };
  return plan?.linearPart === true ? 2 : 1;
}
