import { AppError, ProbabilityImportParams } from "@winnow/contracts";
import { decodeFloats, decodeIntegers } from "@winnow/npy";
import {
  classNames,
  type ImportedBlock,
  readLabels,
  writeImportedProbabilities,
} from "@winnow/store";
import { readNpyFile } from "../files/npy-file.js";
import { createRowCheck, type RowCheck } from "../files/row-check.js";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";

type ImportDeps = HandlerDeps & { readonly storage: Pick<Storage, "upload"> };

/**
 * Makes a cross-validation from probabilities that were computed elsewhere: an npy (n, K) in sample
 * order, checked and written block by block, and optionally an npy (n) with each row's fold. Throws
 * `bad-npy`, and `invalid-probabilities` naming row and class.
 */
export const importProbabilities =
  (storage: ImportDeps["storage"]): Handler =>
  async (claim, task) => {
    const deps = { ...task, storage };
    const { store, announce, event } = deps;
    const { datasetId, probabilitiesUploadId, foldsUploadId } = ProbabilityImportParams.parse(
      claim.params,
    );
    const { labels, classCount } = await readLabels(store, datasetId);
    const n = labels.length;
    await announce({ step: 0, steps: n, phase: "reading" });
    const folds = foldsUploadId ? await readFolds(foldsUploadId, n, deps) : new Uint8Array(n);
    const check = createRowCheck(await classNames(store, datasetId));
    const blocks = readBlocks(probabilitiesUploadId, [n, classCount], check, deps);
    await writeImportedProbabilities(store, claim, { labels, folds, classCount }, blocks);
    for (const warning of check.warnings()) event("log", { level: "warning", ...warning });
  };

async function* readBlocks(
  uploadId: string,
  shape: readonly [n: number, k: number],
  check: RowCheck,
  deps: ImportDeps,
): AsyncGenerator<ImportedBlock> {
  const file = { uploadId, what: "probabilities", shape };
  for await (const { start, rows, values } of readNpyFile(file, decodeFloats, deps)) {
    yield { start, rows, probs: check.rows(values, start, rows) };
    deps.beat({ step: start + rows });
  }
}

/** The fold of each row, (n). */
async function readFolds(uploadId: string, n: number, deps: ImportDeps): Promise<Uint8Array> {
  const folds = new Uint8Array(n);
  const file = { uploadId, what: "folds", shape: [n] };
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
