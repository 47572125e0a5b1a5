import {
  AppError,
  type Joint,
  type Page,
  type Pruning,
  type PruningClass,
  type PruningOptions,
  type PruningPair,
  type PruningReport,
  type PruningState,
} from "@winnow/contracts";
import { prismaOf, type Store } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import { type PageRequest, readPage } from "../database/pages.js";
import type { Pruning as PruningRow } from "../generated/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { makePruningReady } from "../states/pruning-state.js";

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
  /** Null unless the error odds choose or order. */
  readonly errorOdds: number | null;
  readonly reason: Record<string, unknown>;
}

/** The stored matrices and tables of a pruning. */
export interface PruningMatrices extends Joint {
  readonly perClass: readonly PruningClass[];
  readonly pairs: readonly PruningPair[];
  /** The calibrated joint of cleanlab-2, from which the posterior is computed; K x K. */
  readonly posteriorJoint?: readonly (readonly number[])[];
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

/** Throws `pruning-not-found`. */
export async function readPruning(store: Store, id: string): Promise<Pruning> {
  const { row, datasetId } = await findPruning(store, id);
  return viewOf(row, datasetId);
}

export interface PruningFilter extends PageRequest {
  readonly datasetId?: string | undefined;
  readonly crossValidationId?: string | undefined;
  readonly state?: PruningState | undefined;
  readonly jobId?: string | undefined;
  /** Only those of this key. */
  readonly ownerId?: string | undefined;
}

/** Prunings newest first (ids sort by time), one page. */
export function listPrunings(store: Store, filter: PruningFilter): Promise<Page<Pruning>> {
  const { datasetId, crossValidationId, state, jobId, ownerId } = filter;
  return readPage(filter, {
    list: ["prunings", datasetId, crossValidationId, state, jobId, ownerId],
    keys: ["string"],
    read: (after, limit) =>
      prismaOf(store).pruning.findMany({
        where: {
          ...(after && { id: { lt: after[0] } }),
          ...(datasetId !== undefined && { crossValidation: { datasetId } }),
          ...(crossValidationId !== undefined && { crossValidationId }),
          ...(state !== undefined && { state }),
          ...(jobId !== undefined && { jobId }),
          ...(ownerId !== undefined && { ownerId }),
        },
        orderBy: { id: "desc" },
        take: limit,
        // Of many classes they are megabytes.
        omit: { matrices: true },
        include: { crossValidation: { select: { datasetId: true } } },
      }),
    keysOf: (row) => [row.id],
    view: (row) => viewOf(row, row.crossValidation.datasetId),
  });
}

function viewOf(row: Omit<PruningRow, "matrices">, datasetId: string): Pruning {
  return {
    id: row.id,
    crossValidationId: row.crossValidationId,
    datasetId,
    jobId: row.jobId,
    state: row.state as PruningState,
    parameters: row.parameters as unknown as PruningOptions,
    flagged: row.flagged,
    report: reportView(row.report),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** Reports and matrices of earlier versions lack what was added since; it reads as null. */
function reportView(stored: unknown): PruningReport | null {
  const report = stored as PruningReport | null;
  if (!report) return null;
  const { averagePrecision = null } = report.truth ?? {};
  const truth = report.truth && {
    ...{ totalVariation: null },
    ...report.truth,
    averagePrecision: averagePrecision && { ...{ errorOdds: null }, ...averagePrecision },
  };
  return { ...{ estimatedNoiseInterval: null, noise: null }, ...report, truth };
}

/** Throws `pruning-not-found`, `pruning-not-finished`. */
export async function readMatrices(store: Store, id: string): Promise<PruningMatrices> {
  const { row } = await readyPruning(store, id);
  const matrices = row.matrices as unknown as PruningMatrices;
  const unknownNoise = { trueLabelNoise: null, trueInverseLabelNoise: null };
  return {
    ...matrices,
    trueJoint: matrices.trueJoint ?? null,
    perClass: matrices.perClass.map((one) => ({ ...unknownNoise, ...one })),
  };
}

/** The pruning with its dataset's ids; throws `pruning-not-finished` unless it is ready. */
export async function readyPruning(store: Store, id: string) {
  const found = await findPruning(store, id);
  if (found.row.state !== "ready") {
    const detail = `The pruning is ${found.row.state}; wait for its job, or retry the job if it failed.`;
    throw new AppError("pruning-not-finished", detail);
  }
  return found;
}

async function findPruning(
  store: Store,
  id: string,
): Promise<{ row: PruningRow; datasetId: string; datasetKey: number; crossValidationKey: number }> {
  const found = await prismaOf(store).pruning.findUnique({
    where: { id },
    include: { crossValidation: { include: { dataset: { select: { id: true, key: true } } } } },
  });
  if (!found) throw new AppError("pruning-not-found", `No pruning has the id ${id}.`);
  const { crossValidation, ...row } = found;
  return {
    row,
    datasetId: crossValidation.dataset.id,
    datasetKey: crossValidation.dataset.key,
    crossValidationKey: crossValidation.key,
  };
}
