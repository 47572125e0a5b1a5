import { TextStore, type Texts } from "@winnow/linear";
import { folderPath } from "@winnow/storage";
import {
  type Claim,
  findQuickRun,
  findVectorSource,
  readDoubtedTexts,
  readDoubts,
  readLabels,
  readRowFolds,
  writeEvidence,
} from "@winnow/store";
import { writeFlagEvidence } from "../evidence/write-flag-evidence.js";
import { findQuickModel } from "../run-files/quick-model-file.js";
import { openSharedCache } from "../run-files/shared-cache.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import type { TrainerSettings } from "../trainer/run-trainer.js";
import { trainOnCpu } from "./cpu-training.js";

/**
 * Says why the labels of a pruning's flags are doubted. Where the training left its counts, that takes less
 * than a process needs to start, and is done here; else a child makes the counts again, and searches
 * the nearest rows of a run with vectors.
 */
export const explainFlags = (settings: TrainerSettings): Handler => {
  const inChild = trainOnCpu(settings);
  return async (claim, deps) => {
    if (!(await explainFromFile(claim, deps, settings))) await inChild(claim, deps);
  };
};

/** Writes the evidence from the stored counts; false where there are none, and nothing is written. */
async function explainFromFile(
  claim: Claim,
  { store, log, beat }: HandlerDeps,
  { storageDir }: Pick<TrainerSettings, "storageDir">,
): Promise<boolean> {
  const { datasetId, pruningId, crossValidationId: runId } = claim;
  if (datasetId === null || pruningId === null || runId === null) {
    throw new Error(`the task ${claim.taskId} names no pruning`);
  }
  const quickRun = await findQuickRun(store, runId);
  if (quickRun === null) {
    await writeEvidence(store, claim, null);
    return true;
  }
  if ((await findVectorSource(store, runId)) !== null) return false;
  beat({ phase: "preparing" });
  const { labels, classCount: k } = await readLabels(store, datasetId);
  const folds = await readRowFolds(store, quickRun, labels.length);
  const cache = openSharedCache(folderPath(storageDir, "tokens"), (error) =>
    log.warn({ err: error }, "the counts of the quick model cannot be read"),
  );
  const texts = new DoubtedTexts(labels.length);
  const model = await findQuickModel(cache, { datasetId, labels, folds, k }, texts);
  if (model === null) return false;
  await readDoubtedTexts(store, { datasetId, pruningId }, (row, text) => texts.add(row, text));
  const doubts = await readDoubts(store, pruningId);
  const steps = doubts.length;
  beat({ phase: "fitting", step: 0, steps });
  await writeFlagEvidence(store, claim, model, { doubts, labels, folds }, (done) =>
    beat({ step: done }),
  );
  return true;
}

/** The texts of some rows. */
class DoubtedTexts implements Texts {
  readonly #texts = new TextStore();
  readonly #places = new Map<number, number>();

  constructor(readonly count: number) {}

  add(row: number, text: string): void {
    this.#places.set(row, this.#texts.count);
    this.#texts.add(text);
  }

  text(row: number): string {
    const place = this.#places.get(row);
    if (place === undefined) throw new Error(`the text of row ${row} was not read`);
    return this.#texts.text(place);
  }
}
