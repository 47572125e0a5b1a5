import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { MODEL_FILES } from "@winnow/contracts";
import {
  type AlbertConfig,
  createVocabulary,
  type Weights,
  writeHuggingFaceFolder,
} from "@winnow/encoder";
import { partOf } from "@winnow/storage";

/** A model as one epoch of one fold left it. */
export interface KeptModel {
  readonly config: AlbertConfig;
  readonly vocabulary: readonly string[];
  readonly classNames: readonly string[];
  readonly lowerCase: boolean;
  readonly weights: Weights;
}

/** Writes a model as a Hugging Face folder, over one that an attempt before has left. */
export async function keepModel(folder: string, attempt: number, model: KeptModel): Promise<void> {
  const making = partOf(`${folder}.${attempt}`);
  try {
    await writeHuggingFaceFolder(making, {
      ...model,
      vocabulary: createVocabulary(model.vocabulary),
    });
    await mkdir(folder, { recursive: true });
    // The weights come last: a folder that has them is whole.
    for (const file of MODEL_FILES) await rename(join(making, file), join(folder, file));
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
