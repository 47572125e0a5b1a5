import type { PruningReport } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { addTask } from "../queue/insert-job.js";
import { succeedTask } from "../queue/task-ends.js";
import { keepPruningResult, makePruningReady } from "../states/pruning-state.js";
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

/** What a pruning found; what became of the evidence is known at its end. */
export type FoundReport = Omit<PruningReport, "evidence">;

/** Of the task that finds the evidence: its progress, until it counts the flags itself. */
const EVIDENCE_STEPS = 1;

/**
 * Writes flags and report and ends the task, in one transaction. With `evidence: "wanted"` a task that
 * finds it is queued, and the pruning is ready after that; else it is ready at once. Throws
 * `StaleClaimError`; nothing is written then.
 */
export async function writePruning(
  store: Store,
  claim: Claim,
  flags: Iterable<FlagRow>,
  report: FoundReport,
  matrices: PruningMatrices,
  evidence: "wanted" | NonNullable<PruningReport["evidence"]> = "not-asked",
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
      async next() {
        const kept = { flagged, report: { ...report, evidence: null }, matrices };
        const pruningId = claim.pruningId!;
        if (!(await keepPruningResult(tx, pruningId, kept))) {
          throw new Error(`${pruningId} is not pending`);
        }
        if (evidence !== "wanted") return false;
        const job = { id: claim.jobId, params: claim.params };
        await addTask(tx, job, "flag-evidence", Math.max(EVIDENCE_STEPS, flagged));
        return true;
      },
      result: () => finishPruning(tx, claim, evidence === "wanted" ? "complete" : evidence),
    });
  });
}

/** Makes the claim's pruning ready, whose result is stored; returns the job's result. */
export async function finishPruning(
  tx: Transaction,
  claim: Claim,
  evidence: PruningReport["evidence"],
): Promise<Record<string, unknown>> {
  const pruningId = claim.pruningId!;
  const ready = await makePruningReady(tx, pruningId, evidence);
  if (!ready) throw new Error(`${pruningId} is not pending`);
  return { pruningId, flagged: ready.flagged, truth: ready.report.truth };
}
