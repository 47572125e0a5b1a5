import {
  AppError,
  type Page,
  type Pruning,
  type PruningOptions,
  type PruningReport,
  type PruningState,
} from "@winnow/contracts";

import { prismaOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import type { Pruning as PruningRow } from "../generated/client.js";

/** A pruning without what people found in a sample of its dataset. */
export type PruningAlone = Omit<Pruning, "sampledNoise">;

/** Throws `pruning-not-found`. */
export async function readPruning(store: Store, id: string): Promise<PruningAlone> {
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
export function listPrunings(store: Store, filter: PruningFilter): Promise<Page<PruningAlone>> {
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

function viewOf(row: Omit<PruningRow, "matrices">, datasetId: string): PruningAlone {
  return {
    id: row.id,
    crossValidationId: row.crossValidationId,
    datasetId,
    jobId: row.jobId,
    state: row.state as PruningState,
    parameters: row.parameters as unknown as PruningOptions,
    // What a first task found waits for the second.
    flagged: row.state === "ready" ? row.flagged : null,
    report: row.state === "ready" ? reportView(row.report) : null,
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
  return {
    ...{ estimatedNoiseInterval: null, noise: null, stability: null, evidence: null },
    ...report,
    truth,
  };
}

/** The pruning with its dataset's ids; throws `pruning-not-finished` unless it is ready. */
export async function readyPruning(store: Store, id: string) {
  const found = await findPruning(store, id);
  refuseUnfinished(found.row.state);
  return found;
}

/** Throws `pruning-not-finished` unless the state is ready. */
export function refuseUnfinished(state: string): void {
  if (state === "ready") return;
  const detail = `The pruning is ${state}; wait for its job, or retry the job if it failed.`;
  throw new AppError("pruning-not-finished", detail);
}

export const noPruning = (id: string): AppError =>
  new AppError("pruning-not-found", `No pruning has the id ${id}.`);

async function findPruning(
  store: Store,
  id: string,
): Promise<{
  row: Omit<PruningRow, "matrices">;
  datasetId: string;
  datasetKey: number;
  crossValidationKey: number;
}> {
  const found = await prismaOf(store).pruning.findUnique({
    where: { id },
    omit: { matrices: true },
    include: { crossValidation: { include: { dataset: { select: { id: true, key: true } } } } },
  });
  if (!found) throw noPruning(id);
  const { crossValidation, ...row } = found;
  return {
    row,
    datasetId: crossValidation.dataset.id,
    datasetKey: crossValidation.dataset.key,
    crossValidationKey: crossValidation.key,
  };
}
