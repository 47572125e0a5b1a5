import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { MODEL_FILES } from "@winnow/contracts";
import {
  createVocabulary,
  type EncoderConfig,
  type Weights,
  writeHuggingFaceFolder,
} from "@winnow/encoder";
import { makeFolder, modelKey, partOf, storedPath } from "@winnow/storage";
import { classNames } from "@winnow/store";
import type { FoldInputs } from "../inputs/fold-inputs.js";
import type { FoldClaim, FoldDeps } from "./fold-deps.js";
import type { Start } from "./start-weights.js";

/** A fold's model after one epoch. */
interface KeptModel {
  readonly config: EncoderConfig;
  readonly vocabulary: readonly string[];
  readonly classNames: readonly string[];
  readonly lowerCase: boolean;
  readonly weights: Weights;
}

/** Keeps the model of every epoch: the chosen epoch may be known only when all folds are done. */
export async function modelKeeper(
  claim: FoldClaim,
  deps: FoldDeps,
  start: Start,
  inputs: FoldInputs,
): Promise<(epoch: number, weights: () => Promise<Weights>) => Promise<void>> {
  const names = await classNames(deps.store, claim.datasetId);
  return async (epoch, weights) => {
    const key = modelKey(claim.crossValidationId, claim.fold, epoch);
    await keepModel(storedPath(deps.storageDir, key), claim.attempt, {
      config: start.config,
      vocabulary: inputs.vocabulary,
      classNames: names,
      lowerCase: start.lowerCase,
      weights: await weights(),
    });
  };
}

/** Writes a model as a Hugging Face folder, over the one of an earlier attempt. */
async function keepModel(folder: string, attempt: number, model: KeptModel): Promise<void> {
  const temporary = partOf(`${folder}.${attempt}`);
  try {
    await makeFolder(temporary);
    await writeHuggingFaceFolder(temporary, {
      ...model,
      vocabulary: createVocabulary(model.vocabulary),
    });
    await makeFolder(folder);
    // The weights come last: a folder that has them is complete.
    for (const file of MODEL_FILES) await rename(join(temporary, file), join(folder, file));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
