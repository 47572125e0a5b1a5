import type { NetworkTraining } from "@winnow/contracts";
import type { SoftTargets, Weights } from "@winnow/encoder";
import { folderPath } from "@winnow/storage";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { type FoldInputs, readFoldInputs } from "../inputs/fold-inputs.js";
import { splitOf } from "../inputs/fold-split.js";
import { readRunTargets } from "../inputs/run-targets.js";
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
  /** Rows of all other folds that nobody dropped, ascending. */
  readonly trainIndices: Int32Array;
  /** Rows of this fold, ascending. */
  readonly testIndices: Int32Array;
}

/** Opens the checkpoint, reads the dataset as tokens, and pretrains, as far as that is asked for. */
export async function prepareFold(
  claim: FoldClaim,
  params: NetworkTraining,
  deps: FoldDeps,
): Promise<PreparedFold> {
  const { store, send } = deps;
  const cache = openSharedCache(folderPath(deps.storageDir, "tokens"), (error) =>
    send({ type: "warning", message: `the cache is not shared between folds: ${error}` }),
  );
  const start = await openStart(params, deps.modelsDir, send);
  const inputs = await readFoldInputs(store, claim.datasetId, params, cache, start);
  send({ type: "note", message: "tokens", data: { made: inputs.tokensMade } });
  const weights = await startWeights(params, start, inputs, cache, send);
  const targets = await readRunTargets(claim.crossValidationId, params, inputs, deps);
  const { trainIndices, testIndices } = splitOf(inputs.folds, claim.fold);
  return {
    ...{ start, inputs, weights, testIndices },
    softTargets: targets?.softTargets ?? null,
    trainIndices: trainIndices.filter((row) => !targets?.dropped.has(row)),
  };
}
