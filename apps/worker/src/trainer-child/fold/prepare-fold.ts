import type { FoldTrainingParams, Warning } from "@winnow/contracts";
import type { SoftTargets, Weights } from "@winnow/encoder";
import { READER_LIMITS, Readers } from "@winnow/reader";
import { folderPath } from "@winnow/storage";
import { openStorage } from "../../files/storage.js";
import { type FoldInputs, readFoldInputs } from "../inputs/fold-inputs.js";
import { openSharedCache } from "../inputs/shared-cache.js";
import { readSoftTargets } from "../inputs/soft-targets.js";
import type { FoldClaim, FoldDeps } from "./fold-deps.js";
import { openStart, type Start, startWeights } from "./start-weights.js";

/** What the training of one fold begins with. */
export interface PreparedFold {
  readonly start: Start;
  readonly inputs: FoldInputs;
  /** null: random. */
  readonly weights: Weights | null;
  /** null: the given labels. */
  readonly softTargets: SoftTargets | null;
  /** Rows of all other folds, ascending. */
  readonly trainIndices: Int32Array;
  /** Rows of this fold, ascending. */
  readonly testIndices: Int32Array;
}

/** Opens the checkpoint, reads the dataset as tokens, and pretrains, as far as that is asked for. */
export async function prepareFold(
  claim: FoldClaim,
  params: FoldTrainingParams,
  deps: FoldDeps,
): Promise<PreparedFold> {
  const { store, send } = deps;
  const cache = openSharedCache(folderPath(deps.storageDir, "tokens"), (error) =>
    send({ type: "warning", message: `the cache is not shared between folds: ${error}` }),
  );
  const start = await openStart(params, deps.modelsDir, send);
  const inputs = await readFoldInputs(store, claim.datasetId, params, cache, start.vocabulary);
  send({ type: "note", message: "tokens", data: { made: inputs.tokensMade } });
  return {
    start,
    inputs,
    weights: await startWeights(params, start, inputs, cache, send),
    softTargets: await softTargetsOf(params, inputs, deps),
    ...splitOf(inputs.folds, claim.fold),
  };
}

async function softTargetsOf(params: FoldTrainingParams, inputs: FoldInputs, deps: FoldDeps) {
  const source = params.training.softTargets;
  if (!source) return null;
  const { datasetId } = params;
  const dataset = { datasetId, n: inputs.labels.length, k: inputs.classCount };
  const storage = openStorage(deps.storageDir, null, null);
  const warn = ({ code, message }: Warning) =>
    deps.send({ type: "warning", message: `soft targets: ${code}: ${message}` });
  const readers = new Readers(READER_LIMITS);
  try {
    return await readSoftTargets(source, dataset, { store: deps.store, storage, readers, warn });
  } finally {
    readers.close();
  }
}

function splitOf(folds: Uint8Array, fold: number) {
  const test: number[] = [];
  const train: number[] = [];
  folds.forEach((of, row) => {
    (of === fold ? test : train).push(row);
  });
  return { trainIndices: Int32Array.from(train), testIndices: Int32Array.from(test) };
}
