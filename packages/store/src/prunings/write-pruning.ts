import type { PruningReport } from "@winnow/contracts";
import type { Store } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { makePruningReady } from "../states/pruning-state.js";
import type { PruningMatrices } from "./matrices.js";

export interface FlagRow {
  /** From 0, as it is stored; all that is shown counts from 1. */
  readonly rank: number;
  readonly ordinal: number;
  readonly given: number;
  readonly suggested: number;
  readonly fold: number;
  readonly selfConfidence: number;
  readonly normalizedMargin: number;
  readonly errorProbability: number | null;
  readonly suggestedProbability: number;
  /** Share of the run's models that flag the row; null if there are fewer than two. */
  readonly stability: number | null;
  /** Null unless the error odds choose or order. */
  readonly errorOdds: number | null;
  readonly reason: Record<string, unknown>;
}

const FLAG_COLUMNS = [
  "pruning_key",
  "rank",
  "ordinal",
  "given",
  "suggested",
  "fold",
  "self_confidence",
  "normalized_margin",
  "error_probability",
  "suggested_probability",
  "stability",
  "reason",
];

/**
 * Writes flags and report and ends the task, in one transaction. Throws `StaleClaimError`; nothing
 * is written then.
 */
export async function writePruning(
  store: Store,
  claim: Claim,
  flags: Iterable<FlagRow>,
  report: PruningReport,
  matrices: PruningMatrices,
): Promise<void> {
  await writeClaimed(store, claim, async (tx) => {
    const found = await tx.query<{ key: number }>("SELECT key FROM prunings WHERE id = $1", [
      claim.pruningId,
    ]);
    const { key } = found.rows[0]!;
    await tx.query("DELETE FROM flags WHERE pruning_key = $1", [key]);
    const flagged = await copyIn(tx, "flags", FLAG_COLUMNS, [flags], (row, flag) =>
      row
        .int4(key)
        .int4(flag.rank)
        .int4(flag.ordinal)
        .int4(flag.given)
        .int4(flag.suggested)
        .int2(flag.fold)
        .float8(flag.selfConfidence)
        .float8(flag.normalizedMargin)
        .float8(flag.errorProbability)
        .float8(flag.suggestedProbability)
        .float8(flag.stability)
        .jsonb({ ...flag.reason, errorOdds: flag.errorOdds }),
    );
    await succeedTask(tx, claim, {
      result: async () => {
        const pruningId = claim.pruningId!;
        if (!(await makePruningReady(tx, pruningId, { flagged, report, matrices }))) {
          throw new Error(`${pruningId} is not pending`);
        }
        return { pruningId, flagged, truth: report.truth };
      },
    });
  });
}
