import { AppError, type OwnWarning, ProbabilityImportParams } from "@winnow/contracts";
import { decodeIntegers } from "@winnow/npy";
import type { Readers } from "@winnow/reader";
import { readLabels, type WholeBlock, writeImportedProbabilities } from "@winnow/store";
import { readNpyFile } from "../files/npy-file.js";
import { readProbabilityFile } from "../files/probability-file.js";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";

type ImportDeps = HandlerDeps & {
  readonly storage: Pick<Storage, "upload">;
  readonly readers: Readers;
};

/**
 * Makes a cross-validation from probabilities that were computed elsewhere: an npy (n, K) in sample
 * order, checked and written block by block, and optionally an npy (n) with each row's fold. Throws
 * what `readProbabilityFile` throws; nothing is written then.
 */
export const importProbabilities =
  (storage: ImportDeps["storage"], readers: Readers): Handler =>
  async (claim, task) => {
    const deps = { ...task, storage, readers };
    const { store, announce } = deps;
    const params = ProbabilityImportParams.parse(claim.params);
    const { labels, classCount } = await readLabels(store, params.datasetId);
    const n = labels.length;
    await announce({ step: 0, steps: n, phase: "reading" });
    const folds = await readFolds(params, n, deps);
    const warnings: OwnWarning[] = [];
    const blocks = readRows(params, labels, warnings, deps);
    await writeImportedProbabilities(store, claim, { labels, folds, classCount, warnings }, blocks);
  };

/** The checked rows, with progress; what is odd about them joins `warnings` and the job's events. */
async function* readRows(
  params: ProbabilityImportParams,
  labels: Int32Array,
  warnings: OwnWarning[],
  deps: ImportDeps,
): AsyncGenerator<WholeBlock> {
  const file = {
    uploadId: params.probabilitiesUploadId,
    array: params.probabilitiesArray,
    arrayField: "probabilitiesArray",
    what: "probabilities",
    classes: params.classes,
    force: params.force,
  };
  const samples = { datasetId: params.datasetId, labels };
  const warn = (warning: OwnWarning) => warnings.push(warning);
  for await (const block of readProbabilityFile(file, samples, warn, deps)) {
    yield block;
    deps.beat({ step: block.start + block.rows });
  }
  for (const warning of warnings) await deps.event("log", { level: "warning", ...warning });
}

/** The fold of each row, (n); one for all where nothing was uploaded. */
async function readFolds(
  { foldsUploadId, foldsArray }: ProbabilityImportParams,
  n: number,
  deps: ImportDeps,
): Promise<Uint8Array> {
  const folds = new Uint8Array(n);
  if (foldsUploadId === undefined) return folds;
  const file = {
    uploadId: foldsUploadId,
    array: foldsArray,
    arrayField: "foldsArray",
    what: "folds",
    shape: [n],
  };
  for await (const { start, values } of readNpyFile(file, decodeIntegers, deps)) {
    const odd = values.findIndex((fold) => fold < 0 || fold > 255);
    if (odd >= 0) {
      const detail = `The folds: row ${start + odd} has the fold ${values[odd]}; folds are 0 to 255.`;
      throw new AppError("bad-npy", detail);
    }
    folds.set(values, start);
  }
  return folds;
}
