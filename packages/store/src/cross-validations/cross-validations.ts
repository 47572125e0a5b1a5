import {
  AppError,
  type CrossValidation,
  type CrossValidationState,
  type EpochVote,
  type Fold,
  type FoldTrainingParams,
  type Page,
  type RunMember,
  type Warning,
} from "@winnow/contracts";
import { poolOf, prismaOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import type { CrossValidation as CrossValidationRow } from "../generated/client.js";
import { epochsThatCount } from "./epoch-vote.js";

/** Throws `cross-validation-not-found`. */
export async function readCrossValidation(store: Store, id: string): Promise<CrossValidation> {
  const row = await prismaOf(store).crossValidation.findUnique({ where: { id } });
  if (!row) {
    throw new AppError("cross-validation-not-found", `No cross-validation has the id ${id}.`);
  }
  return viewOf(row);
}

export interface CrossValidationFilter extends PageRequest {
  readonly datasetId?: string | undefined;
  readonly state?: CrossValidationState | undefined;
  readonly jobId?: string | undefined;
  /** Only the members of this run's pool; without it none are listed. */
  readonly parentId?: string | undefined;
  /** Only those of this key. */
  readonly ownerId?: string | undefined;
}

/** Cross-validations newest first (ids sort by time), one page. */
export function listCrossValidations(
  store: Store,
  filter: CrossValidationFilter,
): Promise<Page<CrossValidation>> {
  const { datasetId, state, jobId, parentId, ownerId } = filter;
  return readPage(filter, {
    list: ["cross-validations", datasetId, state, jobId, parentId, ownerId],
    keys: ["string"],
    read: (after, limit) =>
      prismaOf(store).crossValidation.findMany({
        where: {
          ...(after && { id: { lt: after[0] } }),
          ...(datasetId !== undefined && { datasetId }),
          ...(state !== undefined && { state }),
          ...(jobId !== undefined && { jobId }),
          parentId: parentId ?? null,
          ...(ownerId !== undefined && { ownerId }),
        },
        orderBy: { id: "desc" },
        take: limit,
      }),
    keysOf: (row) => [row.id],
    view: viewOf,
  });
}

function viewOf(row: CrossValidationRow): CrossValidation {
  return {
    id: row.id,
    datasetId: row.datasetId,
    jobId: row.jobId,
    state: row.state as CrossValidationState,
    rows: row.rows,
    classes: row.classCount,
    folds: row.folds,
    seed: Number(row.seed),
    configuration: row.configuration as unknown as FoldTrainingParams,
    backend: row.backend as Record<string, unknown> | null,
    accuracy: row.accuracy,
    epochVote: {
      choice: row.epochChoice as EpochVote["choice"],
      epoch: row.chosenEpoch,
      candidates: (row.epochLosses ?? []) as unknown as EpochVote["candidates"],
    },
    parentId: row.parentId,
    member: row.member as RunMember | null,
    combinedOf: row.combinedOf,
    warnings: row.warnings as unknown as Warning[],
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** The run's folds in order. Throws `cross-validation-not-found`. */
export async function listFolds(store: Store, id: string): Promise<Fold[]> {
  await readCrossValidation(store, id);
  const folds = await prismaOf(store).fold.findMany({
    where: { crossValidationId: id },
    orderBy: { fold: "asc" },
  });
  const tasks = await prismaOf(store).task.findMany({
    where: { id: { in: folds.map(({ taskId }) => taskId) } },
    select: { id: true, state: true, attempt: true },
  });
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return folds.map((fold) => ({
    fold: fold.fold,
    state: (byId.get(fold.taskId)?.state ?? "queued") as Fold["state"],
    attempt: byId.get(fold.taskId)?.attempt ?? 0,
    trainRows: fold.trainRows,
    testRows: fold.testRows,
    accuracy: fold.accuracy,
    loss: fold.loss,
    epochs: fold.epochs as unknown as Fold["epochs"],
    seconds: fold.seconds,
    backend: fold.backend as Record<string, unknown> | null,
    finishedAt: fold.finishedAt?.toISOString() ?? null,
  }));
}

/** The states of those cross-validations that exist. */
export async function listRunStates(
  store: Store,
  ids: readonly string[],
): Promise<Map<string, CrossValidationState>> {
  const rows = await prismaOf(store).crossValidation.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, state: true },
  });
  return new Map(rows.map((row) => [row.id, row.state as CrossValidationState]));
}

/** The epoch whose predictions are the run's, fold by fold, without folds that have not ended. */
export async function countedEpochs(
  store: Store,
  id: string,
): Promise<{ fold: number; epoch: number }[]> {
  const { epochVote } = await readCrossValidation(store, id);
  const folds = await listFolds(store, id);
  const { choice, epoch: elected } = epochVote;
  if (choice === "vote" && elected === null) return [];
  return folds.flatMap(({ fold, epochs }) =>
    epochsThatCount(choice, elected, epochs).map(({ epoch }) => ({ fold, epoch })),
  );
}

/** Throws `cross-validation-not-found`, `cross-validation-not-finished`. */
export async function finishedCrossValidation(store: Store, id: string): Promise<CrossValidation> {
  const run = await readCrossValidation(store, id);
  if (run.state !== "ready") {
    throw new AppError(
      "cross-validation-not-finished",
      `The cross-validation is ${run.state}; its probabilities are whole once every fold is done.`,
    );
  }
  return run;
}

/** One model of a finished run's pool. Throws `member-not-found`. */
export async function readMember(
  store: Store,
  parentId: string,
  member: RunMember,
): Promise<CrossValidation> {
  const row = await prismaOf(store).crossValidation.findFirst({
    where: { parentId, member, state: "ready" },
  });
  if (!row) throw new AppError("member-not-found", `${parentId} has no member ${member}.`);
  return viewOf(row);
}

/** The fold of each row, (n), in sample order. */
export async function readRowFolds(store: Store, id: string, n: number): Promise<Uint8Array> {
  const folds = new Uint8Array(n);
  let at = 0;
  for await (const block of readSampleNumbers(store, id, "folds")) {
    folds.set(block, at);
    at += block.length;
  }
  return folds;
}

/** The class that each row's own fold predicts, (n), in sample order. */
export async function readPredictions(store: Store, id: string, n: number): Promise<Uint16Array> {
  const predicted = new Uint16Array(n);
  let at = 0;
  for await (const block of readSampleNumbers(store, id, "predictions")) {
    predicted.set(block, at);
    at += block.length;
  }
  return predicted;
}

/**
 * Streams one integer per sample, in sample order: the given class, the predicted one, the fold, or the sample's id.
 * Blocks have up to 10,000 numbers.
 */
export async function* readSampleNumbers(
  store: Store,
  crossValidationId: string,
  part: "labels" | "predictions" | "folds" | "ids",
): AsyncGenerator<number[]> {
  const run = await prismaOf(store).crossValidation.findUniqueOrThrow({
    where: { id: crossValidationId },
    select: { key: true, dataset: { select: { key: true } } },
  });
  const column = { labels: "given", predictions: "argmax", folds: "fold", ids: "id" }[part];
  const query =
    part === "ids"
      ? `SELECT id::float8 AS value, ordinal FROM samples WHERE dataset_key = $1 AND ordinal > $2
         ORDER BY ordinal LIMIT 10000`
      : `SELECT ${column}::float8 AS value, ordinal FROM fold_probabilities
         WHERE cross_validation_key = $1 AND ordinal > $2 ORDER BY ordinal LIMIT 10000`;
  const key = part === "ids" ? run.dataset.key : run.key;
  let after = -1;
  for (;;) {
    const { rows } = await poolOf(store).query<{ value: number; ordinal: number }>(query, [
      key,
      after,
    ]);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map((row) => row.value);
    after = last.ordinal;
  }
}
