import type { NetworkTraining } from "@winnow/contracts";
import type { FoldRows, Weights } from "@winnow/encoder";
import { folderPath } from "@winnow/storage";
import { openSharedCache } from "../../run-files/shared-cache.js";
import { type FoldInputs, readFoldInputs } from "../inputs/fold-inputs.js";
import { openRows, type RowsPlace } from "../inputs/rows-place.js";
import { readRunTargets } from "../inputs/run-targets.js";
import type { FoldClaim, FoldDeps } from "./fold-deps.js";
import { openStart, type Start, startWeights } from "./start-weights.js";

/** What the training of one fold begins with. */
export interface PreparedFold {
  readonly start: Start;
  readonly inputs: FoldInputs;
  /** null: random. */
  readonly weights: Weights | null;
  /** The rows of all other folds that nobody dropped to learn from, and those of this one. */
  readonly place: RowsPlace;
  readonly rows: FoldRows;
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
  const { storageDir, shardRows } = deps;
  const reading = { vocabulary: start.vocabulary, lowerCase: start.lowerCase };
  const inputs = await readFoldInputs(params, { store, storageDir, cache, reading, shardRows });
  send({ type: "note", message: "tokens", data: { made: inputs.tokensMade } });
  const targets = await readRunTargets(claim.crossValidationId, params, inputs, deps);
  const place = await inputs.fold(claim.fold, targets);
  const rows = openRows(place);
  const weights = await startWeights(params, start, { rows, inputs }, cache, send);
  return { start, inputs, weights, place, rows };
}
