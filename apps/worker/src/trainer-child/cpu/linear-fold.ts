import { FoldTrainingParams, isNetwork, modelKindOf, type TokenTraining } from "@winnow/contracts";
import { linearPartHere } from "@winnow/encoder/linear-part";
import { fitSoftmaxByParent, fitSoftmaxRegression } from "@winnow/linear";
import { folderPath } from "@winnow/storage";
import { writeFold } from "@winnow/store";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { retryOnOutage } from "../../tasks/outages.js";
import { afterFolds } from "../inputs/after-folds.js";
import { readFoldInputs } from "../inputs/fold-inputs.js";
import { foldSeed } from "../inputs/fold-split.js";
import { openRows, testOrdinalsOf } from "../inputs/rows-place.js";
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
  const { storageDir, shardRows } = deps;
  const reading = { vocabulary: null, lowerCase: params.model.tokenizer.lowerCase ?? true };
  const inputs = await readFoldInputs(params, { store, storageDir, cache, reading, shardRows });
  const { classCount } = inputs;
  const targets = await readRunTargets(claim.crossValidationId, params, inputs, deps);
  const place = await inputs.fold(fold, targets);
  const rows = openRows(place);
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
      rows,
      plan: { classWeights, labelSmoothing },
      classes: classCount,
      seed: foldSeed(params.seed, fold),
    },
  );
  send({ type: "progress", phase: "writing", step: steps, steps });
  const labels = rows.testLabels;
  const tally = new FoldTally();
  labels.forEach((label, i) => {
    tally.add(probs, i * classCount, classCount, label);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const backend = {
    ...{ model: "linear", vocabularySize: inputs.vocabulary.length },
    ...(parentOf && { levels: "parent-first" }),
  };
  const figures = tally.figures(inputs.rows, { seconds, backend });
  const predictions = { fold, ordinals: testOrdinalsOf(place), labels, probs, classCount };
  const after = afterFolds(params, inputs.rows, classCount);
  await retryOnOutage(() => writeFold(store, claim, predictions, figures, after));
}

function tokenTraining(raw: unknown): TokenTraining {
  const params = FoldTrainingParams.parse(raw);
  const { model } = params;
  if (model.kind === "linear") return { ...params, model };
  if (isNetwork(params)) return params;
  throw new Error(`the ${modelKindOf(params)} model reads no tokens`);
}
