import { fitNaiveBayes, foldOrder, hardTargets, TextStore, textFeatures } from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import { findQuickRun, readDoubts, readRowFolds, readTexts, writeEvidence } from "@winnow/store";
import { writeFlagEvidence } from "../../evidence/write-flag-evidence.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";
import { nearestOfFlags } from "./nearest-rows.js";

/**
 * Says of each flag of a pruning which words and characters speak for the suggestion and for the given
 * label, and which rows are nearest by the run's vectors. The quick model's counts are made again, in its
 * own folds. The same pruning gives the same evidence. Throws `StaleClaimError` if the claim is lost;
 * then nothing was written.
 */
export async function runFlagEvidence(claim: RunClaim, deps: CpuDeps): Promise<void> {
  const { store, send } = deps;
  const { datasetId, pruningId } = claim;
  if (pruningId === null) throw new Error(`the task ${claim.taskId} names no pruning`);
  send({ type: "progress", phase: "preparing" });
  const quickRun = await findQuickRun(store, claim.crossValidationId);
  if (quickRun === null) return writeEvidence(store, claim, null);
  const texts = new TextStore();
  const { labels, classCount: k } = await readTexts(store, datasetId, (text) => texts.add(text));
  const folds = await readRowFolds(store, quickRun, labels.length);
  const doubts = await readDoubts(store, pruningId);
  const steps = doubts.length;
  const folder = folderPath(deps.storageDir, "tokens");
  const scratch = new ScratchFile(folder);
  try {
    send({ type: "progress", phase: "fitting", step: 0, steps });
    const nearest = await nearestOfFlags(claim, doubts, { texts, labels }, folder, deps);
    const features = await textFeatures(texts, { order: foldOrder(folds), scratch });
    const model = await fitNaiveBayes(features, { k, targets: hardTargets(labels), folds });
    const progress = fittingProgress(deps);
    await writeFlagEvidence(store, claim, model, { doubts, labels, folds, nearest }, (done) =>
      progress(done, steps),
    );
  } finally {
    scratch.close();
  }
}
