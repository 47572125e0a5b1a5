import { AppError, problemOf } from "@winnow/contracts";
import {
  createRetry,
  failTask,
  listMembers,
  listVoters,
  openStore,
  readCrossValidation,
  readMember,
  readProbabilityRows,
  type Store,
  sweepPartitions,
  withTransaction,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  FOLD_METRICS,
  mustClaim,
  predictionsFor,
  queueTraining,
  seedDataset,
} from "../../support/seed-data.js";

const [ROWS, K, FOLDS] = [30, 3, 3];

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** A fold's predictions with those of a linear part that always says class 0. */
function withLinear(fold: number) {
  const predictions = predictionsFor(fold, FOLDS, ROWS, K);
  const linear = predictions.probs.map((_, i) => (i % K === 0 ? 0.5 : 0.25));
  return { ...predictions, linear };
}

const queued = async () =>
  queueTraining(store, await seedDataset(store, ROWS, K), { folds: FOLDS });

/** Writes folds of a run; those of `before` as a program that knows no linear part. */
async function writeFolds(jobId: string, folds: readonly number[], before: readonly number[] = []) {
  for (const fold of folds) {
    const held = await mustClaim(store, jobId, fold);
    const all = before.includes(fold) ? predictionsFor(fold, FOLDS, ROWS, K) : withLinear(fold);
    await writeFold(store, held, all, FOLD_METRICS);
  }
}

const membersOf = async (id: string) =>
  (
    await poolOf(store).query<{ key: number; state: string; member: string }>(
      "SELECT key, state, member FROM cross_validations WHERE parent_id = $1",
      [id],
    )
  ).rows;

it("is a member of its run, with a row for each sample, and no model of the pool", async () => {
  const { jobId, crossValidationId: id } = await queued();
  await writeFolds(jobId, [2, 0, 1]);
  const part = await readMember(store, id, "linear");
  // A third of the rows has class 0.
  expect(part).toMatchObject({ state: "ready", rows: ROWS, parentId: id, accuracy: 1 / 3 });
  const rows = await readProbabilityRows(store, part.id, K, { start: 0, rows: ROWS });
  expect([...rows]).toEqual(Array.from(rows, (_, i) => (i % K === 0 ? 0.5 : 0.25)));
  expect(await listMembers(store, id)).toEqual([]);
  expect(await listVoters(store, id)).toEqual([{ id, member: null }]);
  const run = await readCrossValidation(store, id);
  expect(run.accuracy).toBe(25 / 30);
});

it("is made once where two folds end at the same time", async () => {
  const { jobId, crossValidationId: id } = await queued();
  const held = await Promise.all([0, 1].map((fold) => mustClaim(store, jobId, fold)));
  await Promise.all(held.map((one, fold) => writeFold(store, one, withLinear(fold), FOLD_METRICS)));
  expect(await membersOf(id)).toMatchObject([{ member: "linear", state: "training" }]);
  await expect(readMember(store, id, "linear")).rejects.toMatchObject({ code: "member-not-found" });
  await writeFolds(jobId, [2]);
  expect(await membersOf(id)).toMatchObject([{ member: "linear", state: "ready" }]);
});

it("goes where a program of before it wrote a fold: the run is whole all the same", async () => {
  const { jobId, crossValidationId: id } = await queued();
  await writeFolds(jobId, [0, 1], [1]);
  const [part] = await membersOf(id);
  await writeFolds(jobId, [2]);
  expect((await readCrossValidation(store, id)).state).toBe("ready");
  expect(await membersOf(id)).toEqual([]);
  await expect(readMember(store, id, "linear")).rejects.toMatchObject({ code: "member-not-found" });
  await sweepPartitions(store);
  const { rows } = await poolOf(store).query("SELECT to_regclass($1) AS found", [
    `partitions.fold_probabilities_${part!.key}`,
  ]);
  expect(rows).toEqual([{ found: null }]);
});

it("fails with its run, and a retry goes on with it", async () => {
  const { jobId, crossValidationId: id } = await queued();
  await writeFolds(jobId, [0]);
  const held = await mustClaim(store, jobId, 1);
  await failTask(store, held, problemOf(new AppError("empty-file", "for the test")));
  expect(await membersOf(id)).toMatchObject([{ state: "failed" }]);
  const again = await withTransaction(store, (tx) => createRetry(tx, jobId));
  expect(await membersOf(id)).toMatchObject([{ state: "training" }]);
  await writeFolds(again, [1, 2]);
  expect(await readMember(store, id, "linear")).toMatchObject({ state: "ready", jobId: again });
});
