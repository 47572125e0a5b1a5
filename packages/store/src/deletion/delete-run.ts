import { AppError } from "@winnow/contracts";
import { assertGoesAlone } from "../access/owners.js";
import { forgetFoundRows } from "../cross-validations/findings.js";
import { type Store, withTransaction } from "../database/client.js";
import { type Also, emptyRun } from "./delete-dataset.js";
import { assertNoOpenJob, type Deletable, withoutLongWaits } from "./unused.js";
import { goesWithRun, idsOf } from "./what-goes.js";

const RUN: Deletable = { noun: "cross-validation", inUse: "cross-validation-in-use" };
const PRUNING: Deletable = { noun: "pruning", inUse: "pruning-in-use" };

/**
 * Deletes a cross-validation with its probabilities, members and prunings; the dataset stays. `also` runs in
 * the same transaction; with `ownerId` nothing of others may go with it. Models of its folds stay in storage. Throws `cross-validation-not-found`,
 * `cross-validation-in-use`.
 */
export async function deleteCrossValidation(
  store: Store,
  id: string,
  also?: Also,
  ownerId?: string,
): Promise<void> {
  await withTransaction(store, (tx) =>
    withoutLongWaits(RUN, tx, async () => {
      await assertNoOpenJob(tx, RUN, idsOf(await goesWithRun(tx, id)));
      const { rows } = await tx.query<{ key: number }>(
        "SELECT key FROM cross_validations WHERE id = $1 FOR UPDATE",
        [id],
      );
      if (!rows[0]) {
        throw new AppError("cross-validation-not-found", `No cross-validation has the id ${id}.`);
      }
      // Whoever asked for a pruning held the run until its job was there.
      const goes = await goesWithRun(tx, id);
      await assertGoesAlone(tx, ownerId, idsOf(goes));
      const members = await tx.query<{ key: number }>(
        "SELECT key FROM cross_validations WHERE parent_id = $1 ORDER BY id FOR UPDATE",
        [id],
      );
      for (const { key } of [...rows, ...members.rows]) await emptyRun(tx, key);
      await forgetFoundRows(tx, goes.crossValidations);
      await tx.query("DELETE FROM cross_validations WHERE id = $1", [id]);
      await assertNoOpenJob(tx, RUN, idsOf(goes));
      await also?.(tx);
    }),
  );
}

/**
 * Deletes a pruning with its flags; the run stays. `also` runs in the same transaction. Throws
 * `pruning-not-found`, `pruning-in-use`.
 */
export async function deletePruning(store: Store, id: string, also?: Also): Promise<void> {
  await withTransaction(store, (tx) =>
    withoutLongWaits(PRUNING, tx, async () => {
      await assertNoOpenJob(tx, PRUNING, [id]);
      const { rowCount } = await tx.query("DELETE FROM prunings WHERE id = $1", [id]);
      if (rowCount !== 1) throw new AppError("pruning-not-found", `No pruning has the id ${id}.`);
      // A training that learns from it held it until its job was there.
      await assertNoOpenJob(tx, PRUNING, [id]);
      await also?.(tx);
    }),
  );
}
