import { poolInto } from "@winnow/confident-learning";
import { CombinationParams, type RunMember } from "@winnow/contracts";
import {
  finishedCrossValidation,
  listMembers,
  type PooledTable,
  readLabels,
  readProbabilityRows,
  readRowFolds,
  type WholeBlock,
  writeCombination,
} from "@winnow/store";
import type { Handler, HandlerDeps } from "../tasks/handler.js";

/** Of each run: the probabilities that are in memory at once. */
const BLOCK_BYTES = 1 << 20;

/**
 * Makes a cross-validation that is the mean of others' log probabilities: of the runs, and of each
 * member that all of them have. It reads block by block and keeps nothing else.
 */
export const combineRuns: Handler = async (claim, deps) => {
  const { store } = deps;
  const { crossValidationIds: ids } = CombinationParams.parse(claim.params);
  const [first] = await Promise.all(ids.map((id) => finishedCrossValidation(store, id)));
  const { labels, classCount } = await readLabels(store, first!.datasetId);
  const members = await commonMembers(ids, deps);
  const steps = (1 + members.length) * labels.length;
  await deps.announce({ step: 0, steps, phase: "combining" });
  let done = 0;
  const tableOf = async (parts: readonly string[]): Promise<PooledTable> => ({
    folds: await sharedFolds(parts, labels.length, deps),
    blocks: () =>
      meanBlocks(parts, labels.length, classCount, deps, (rows) => {
        done += rows;
        deps.beat({ step: Math.min(done, steps) });
      }),
  });
  const run = await tableOf(ids);
  const tables = [];
  for (const { member, parts } of members) tables.push({ member, ...(await tableOf(parts)) });
  await writeCombination(store, claim, { labels, classCount, run, members: tables });
};

/** The members that every run has, with their runs' ids. */
async function commonMembers(
  ids: readonly string[],
  { store }: HandlerDeps,
): Promise<{ readonly member: RunMember; readonly parts: string[] }[]> {
  const all = await Promise.all(ids.map((id) => listMembers(store, id)));
  return all[0]!.flatMap(({ member }) => {
    const parts = all.flatMap((of) => of.filter((one) => one.member === member));
    return parts.length === ids.length ? [{ member, parts: parts.map(({ id }) => id) }] : [];
  });
}

/** The folds of rows that all runs split alike; else one fold, as no other is true of them all. */
async function sharedFolds(
  ids: readonly string[],
  n: number,
  { store }: HandlerDeps,
): Promise<Uint8Array> {
  const folds = await readRowFolds(store, ids[0]!, n);
  for (const id of ids.slice(1)) {
    const others = await readRowFolds(store, id, n);
    if (others.some((fold, row) => fold !== folds[row])) return new Uint8Array(n);
  }
  return folds;
}

async function* meanBlocks(
  ids: readonly string[],
  n: number,
  k: number,
  { store, signal }: HandlerDeps,
  onRows: (rows: number) => void,
): AsyncGenerator<WholeBlock> {
  const share = 1 / ids.length;
  const most = Math.max(1, Math.floor(BLOCK_BYTES / (4 * k)));
  for (let start = 0; start < n; start += most) {
    signal.throwIfAborted();
    const rows = Math.min(most, n - start);
    const parts: Float32Array[] = [];
    for (const id of ids) parts.push(await readProbabilityRows(store, id, k, { start, rows }));
    const members = parts.map((probs) => ({ probs, share }));
    const probs = new Float32Array(rows * k);
    poolInto(members, k, probs);
    yield { start, rows, probs };
    onRows(rows);
  }
}
