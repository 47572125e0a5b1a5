import { FoldTrainingParams, isNetwork, modelKindOf, type TokenTraining } from "@winnow/contracts";
import { linearPartHere } from "@winnow/encoder/linear-part";
import { fitSoftmaxByParent, fitSoftmaxRegression } from "@winnow/linear";
import { folderPath } from "@winnow/storage";
import { writeFold } from "@winnow/store";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { retryOnOutage } from "../../tasks/outages.js";
import { afterFolds } from "../inputs/after-folds.js";
import { readFoldInputs } from "../inputs/fold-inputs.js";
import { foldSeed, splitOf } from "../inputs/fold-split.js";
import { readRunTargets } from "../inputs/run-targets.js";
import { classParents } from "./class-parents.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { FoldTally } from "./fold-tally.js";

/**
 * Fits the linear model to all folds but one and writes its probabilities of that fold's rows,
 * guarded by the claim: the same that it adds to a network's in the recipe `scratch`. Throws
 * `StaleClaimError` if the claim is lost; then nothing was written.
 */
export async function runLinearFold(
  claim: RunClaim & { readonly fold: number },
  deps: CpuDeps,
): Promise<void> {
  const { store, send } = deps;
  const { fold } = claim;
  const startedAt = performance.now();
  const params = tokenTraining(claim.params);
  const { classWeights = "none", labelSmoothing = 0 } = params.training;
  send({ type: "progress", phase: "preparing" });
  const cache = openSharedCache(folderPath(deps.storageDir, "tokens"), (error) =>
    send({ type: "warning", message: `the cache is not shared between folds: ${error}` }),
  );
  const inputs = await readFoldInputs(store, claim.datasetId, params, cache, {
    vocabulary: null,
    lowerCase: params.model.tokenizer.lowerCase ?? true,
  });
  const { labels, classCount, tokens } = inputs;
  const { trainIndices, testIndices } = splitOf(inputs.folds, fold);
  const targets = await readRunTargets(claim.crossValidationId, params, inputs, deps);
  const onProgress = fittingProgress(deps);
  const parentOf = await classParents(store, claim.datasetId, params);
  let steps = 0;
  const probs = await linearPartHere(
    (data) => {
      const options = {
        ...data,
        onProgress(done: number, all: number) {
          steps = all;
          onProgress(done, all);
        },
      };
      return parentOf ? fitSoftmaxByParent(options, parentOf) : fitSoftmaxRegression(options);
    },
    {
      tokens,
      labels,
      plan: { classWeights, labelSmoothing },
      trainIndices: trainIndices.filter((row) => !targets?.dropped.has(row)),
      testIndices,
      classes: classCount,
      seed: foldSeed(params.seed, fold),
      ...(targets && { softTargets: targets.softTargets }),
    },
  );
  send({ type: "progress", phase: "writing", step: steps, steps });
  const own = testIndices.map((row) => labels[row]!);
  const tally = new FoldTally();
  own.forEach((label, i) => {
    tally.add(probs, i * classCount, classCount, label);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const backend = {
    ...{ model: "linear", vocabularySize: inputs.vocabulary.length },
    ...(parentOf && { levels: "parent-first" }),
  };
  const figures = tally.figures(labels.length, { seconds, backend });
  const predictions = { fold, ordinals: testIndices, labels: own, probs, classCount };
  const after = afterFolds(params, labels.length, classCount);
  await retryOnOutage(() => writeFold(store, claim, predictions, figures, after));
}

function tokenTraining(raw: unknown): TokenTraining {
  const params = FoldTrainingParams.parse(raw);
  const { model } = params;
  if (model.kind === "linear") return { ...params, model };
  if (isNetwork(params)) return params;
  throw new Error(`the ${modelKindOf(params)} model reads no tokens`);
}
