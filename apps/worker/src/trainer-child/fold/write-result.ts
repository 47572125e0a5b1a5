import type { EpochVote, NetworkTraining } from "@winnow/contracts";
import type { FoldResult, SelectedBackend } from "@winnow/encoder";
import { epochsThatCount, type Store, writeFold } from "@winnow/store";
import type { HeldOut } from "../../checkpoints/epoch-predictions.js";
import { retryOnOutage } from "../../tasks/outages.js";
import { MADE_BY } from "../../trainer/made-by.js";
import { afterFolds } from "../inputs/after-folds.js";
import { testOrdinalsOf } from "../inputs/rows-place.js";
import type { FoldClaim } from "./fold-deps.js";
import type { PreparedFold } from "./prepare-fold.js";

/** A trained fold. */
export interface TrainedFold {
  readonly params: NetworkTraining;
  readonly prepared: PreparedFold;
  readonly result: FoldResult;
  readonly heldOut: HeldOut;
  readonly choice: EpochVote["choice"];
  readonly backend: SelectedBackend;
  readonly seconds: number;
}

/** Writes the fold's predictions and the task's end. Throws `StaleClaimError`. */
export async function writeResult(
  store: Store,
  claim: FoldClaim,
  { params, prepared, result, heldOut, choice, backend, seconds }: TrainedFold,
): Promise<void> {
  const { inputs, rows, place } = prepared;
  const { testLabels } = rows;
  // All epochs of a vote: the chosen one is known once all folds are done.
  const chosen = epochsThatCount(choice, null, result.epochs);
  const last = chosen.at(-1);
  if (last === undefined) throw new Error("the training reported no epoch");
  const predictions = {
    fold: claim.fold,
    ordinals: testOrdinalsOf(place),
    labels: testLabels,
    probs: chosen.map(({ epoch }) => ({ epoch, probs: () => heldOut.load(epoch) })),
    linear: result.linear,
    classCount: inputs.classCount,
  };
  const report = {
    trainRows: rows.trainRows.reduce((sum, own) => sum + own, 0),
    testRows: testLabels.length,
    accuracy: last.heldOutAccuracy,
    loss: last.heldOutLoss,
    epochs: result.epochs.map((epoch) => ({ ...epoch })),
    seconds,
    backend: describe(backend, inputs.vocabulary.length, result),
  };
  const after = afterFolds(params, inputs.rows, inputs.classCount);
  await retryOnOutage(() => writeFold(store, claim, predictions, report, after));
}

function describe(
  backend: SelectedBackend,
  vocabularySize: number,
  { plan, engine, weights }: FoldResult,
) {
  const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  return { ...backend, engine, ...MADE_BY, vocabularySize, parameters, plan };
}
