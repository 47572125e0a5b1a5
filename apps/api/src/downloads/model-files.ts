import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type FoldModel, MODEL_FILES } from "@winnow/contracts";
import { modelKey, readChunks, runModelsKey, storedPath } from "@winnow/storage";
import { countedEpochs, finishedCrossValidation, type Store } from "@winnow/store";

type ModelFile = (typeof MODEL_FILES)[number];

const folderOf = (
  storageDir: string,
  id: string,
  { fold, epoch }: { fold: number; epoch: number },
) => storedPath(storageDir, modelKey(id, fold, epoch));

/**
 * The models that gave a run's predictions, fold by fold; none if they were not kept. Throws
 * `cross-validation-not-found`, `cross-validation-not-finished`.
 */
export async function listModels(
  store: Store,
  storageDir: string,
  id: string,
): Promise<FoldModel[]> {
  await finishedCrossValidation(store, id);
  const models: FoldModel[] = [];
  for (const counted of await countedEpochs(store, id)) {
    const files: FoldModel["files"] = [];
    for (const name of MODEL_FILES) {
      const bytes = await sizeOf(join(folderOf(storageDir, id, counted), name));
      const href = `/v1/cross-validations/${id}/models/${counted.fold}/${name}`;
      if (bytes !== null) files.push({ name, bytes, href });
    }
    if (files.length === MODEL_FILES.length) models.push({ ...counted, files });
  }
  return models;
}

/** One file of a model. Throws the same errors and `model-not-found`. */
export async function modelFile(
  store: Store,
  storageDir: string,
  { id, fold, file }: { id: string; fold: number; file: ModelFile },
): Promise<{ bytes: number; chunks: AsyncIterable<Uint8Array> }> {
  await finishedCrossValidation(store, id);
  const counted = (await countedEpochs(store, id)).find((epoch) => epoch.fold === fold);
  const path = counted && join(folderOf(storageDir, id, counted), file);
  const bytes = path === undefined ? null : await sizeOf(path);
  if (path === undefined || bytes === null) {
    throw new AppError(
      "model-not-found",
      `There is no model of fold ${fold}; train with training.keepModels to keep models.`,
    );
  }
  // Opened when the first chunk is asked for: a refused download holds no open file.
  return { bytes, chunks: readChunks(path) };
}

/** Removes the models of deleted runs; a worker later sweeps those that cannot be removed now. */
export async function removeModels(storageDir: string, runs: readonly string[]): Promise<void> {
  await Promise.all(
    runs.map((id) => {
      const folder = storedPath(storageDir, runModelsKey(id));
      return rm(folder, { recursive: true, force: true }).catch(() => {});
    }),
  );
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}
