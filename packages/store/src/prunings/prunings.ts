import {
  AppError,
  type FileLayout,
  type Flag,
  type Joint,
  type Page,
  type Pruning,
  type PruningClass,
  type PruningOptions,
  type PruningPair,
  type PruningReport,
  type PruningState,
  type Verdict,
} from "@winnow/contracts";
import { poolOf, prismaOf, type Store } from "../database/client.js";
import { copyIn } from "../database/copy-binary.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { columnValues, readCells } from "../datasets/cells.js";
import { classNames, readFileLayout } from "../datasets/datasets.js";
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
        .jsonb(flag.reason),
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
  const truth = report.truth && {
    ...{ averagePrecision: null, totalVariation: null },
    ...report.truth,
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

export interface FlagFilter extends PageRequest {
  /** Class names. */
  readonly given?: string | undefined;
  readonly suggested?: string | undefined;
  readonly fold?: number | undefined;
  readonly order: "rank" | "ordinal";
}

/** A page of flags, worst first or in input order. Throws `pruning-not-found`, `pruning-not-finished`. */
export async function listFlags(store: Store, id: string, filter: FlagFilter): Promise<Page<Flag>> {
  const { row, datasetId, datasetKey } = await readyPruning(store, id);
  const names = await classNames(store, datasetId);
  const layout = await readFileLayout(store, datasetId);
  const indexOf = (name: string | undefined) => (name === undefined ? null : names.indexOf(name));
  const by = filter.order === "rank" ? "f.rank" : "f.ordinal";
  return readPage(filter, {
    list: ["flags", id, filter.order, filter.given, filter.suggested, filter.fold],
    keys: ["int4"],
    async read(after, limit) {
      const { rows } = await poolOf(store).query<FlagRecord>(
        `SELECT f.*, s.id::float8 AS sample_id, s.line, s.external_id, s.text, s.true_class_index,
           s.cells, r.verdict AS review
         FROM flags f JOIN samples s ON s.dataset_key = $2 AND s.ordinal = f.ordinal
         LEFT JOIN reviews r ON r.dataset_key = $2 AND r.ordinal = f.ordinal
         WHERE f.pruning_key = $1 AND ${by} > $3
           AND ($4::int IS NULL OR f.given = $4) AND ($5::int IS NULL OR f.suggested = $5)
           AND ($6::int IS NULL OR f.fold = $6)
         ORDER BY ${by} LIMIT $7`,
        [
          row.key,
          datasetKey,
          after?.[0] ?? -1,
          indexOf(filter.given),
          indexOf(filter.suggested),
          filter.fold ?? null,
          limit,
        ],
      );
      return rows;
    },
    keysOf: (flag) => [filter.order === "rank" ? flag.rank : flag.ordinal],
    view: (flag) => flagView(flag, names, layout),
  });
}

/** A flag with its sample, as SQL returns them. */
export interface FlagRecord {
  rank: number;
  ordinal: number;
  given: number;
  suggested: number;
  fold: number;
  self_confidence: number;
  normalized_margin: number;
  error_probability: number | null;
  suggested_probability: number;
  reason: Record<string, unknown>;
  review: Verdict | null;
  sample_id: number;
  line: number;
  external_id: string | null;
  text: string;
  true_class_index: number | null;
  cells: string | null;
}

export const flagView = (
  row: FlagRecord,
  names: readonly string[],
  layout: FileLayout | null,
): Flag => ({
  sampleId: row.sample_id,
  ordinal: row.ordinal,
  line: row.line,
  externalId: row.external_id,
  text: row.text,
  given: names[row.given] ?? "",
  suggested: names[row.suggested] ?? "",
  selfConfidence: row.self_confidence,
  normalizedMargin: row.normalized_margin,
  errorProbability: row.error_probability,
  suggestedProbability: row.suggested_probability,
  reason: row.reason,
  fold: row.fold,
  rank: row.rank + 1,
  trueLabel: row.true_class_index === null ? null : (names[row.true_class_index] ?? null),
  columns: columnValues(readCells(row.cells), layout),
  review: row.review,
});

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
