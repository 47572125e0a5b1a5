import { FoldTrainingParams, problemOf } from "@winnow/contracts";
import {
  cancelTask,
  createFoldTraining,
  createRetry,
  deleteDataset,
  failTask,
  listEvents,
  listFolds,
  openStore,
  readCrossValidation,
  readJob,
  readProbabilityBlocks,
  requestCancel,
  type Store,
  sweepStaging,
  withTransaction,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../support/jobs.js";
import { createTestDatabase } from "../../support/postgres.js";
import { FOLD_METRICS, mustClaim, seedDataset } from "../../support/seed-data.js";

const ROWS = 31;
const K = 3;
const FOLDS = 3;
const WEEK_MS = 7 * 86_400_000;

let store: Store;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function queue(training: object = {}) {
  const datasetId = await seedDataset(store, ROWS, K);
  const params = FoldTrainingParams.parse({ datasetId, folds: FOLDS, training });
  const jobId = await withTransaction(store, (tx) => createFoldTraining(tx, params));
  const { job } = await readJob(store, jobId);
  return { datasetId, jobId, runId: job.crossValidationId as string };
}

const ordinalsOf = (fold: number) =>
  Int32Array.from(Array.from({ length: ROWS }, (_, i) => i).filter((i) => i % FOLDS === fold));

/** A probability for the given class of each row that depends on row and epoch. */
const own = (ordinal: number, epoch: number) =>
  0.2 + 0.7 * Math.abs(Math.sin(ordinal * 12.9898 + epoch * 78.233));

function probsOf(fold: number, epoch: number): Float32Array {
  const ordinals = ordinalsOf(fold);
  const probs = new Float32Array(ordinals.length * K);
  ordinals.forEach((ordinal, j) => {
    for (let c = 0; c < K; c++) {
      const p = own(ordinal, epoch);
      probs[j * K + c] = c === ordinal % K ? p : (1 - p) / (K - 1);
    }
  });
  return probs;
}

const lossOf = (rows: Int32Array, epoch: number) =>
  rows.reduce((sum, ordinal) => sum - Math.log(own(ordinal, epoch)), 0) / rows.length;

/** Does a fold as a trainer would. */
async function doFold(jobId: string, fold: number, epochs: number[]): Promise<void> {
  const held = await mustClaim(store, jobId, fold);
  const ordinals = ordinalsOf(fold);
  await writeFold(
    store,
    held,
    {
      fold,
      ordinals,
      labels: ordinals.map((ordinal) => ordinal % K),
      classCount: K,
      probs: epochs.map((epoch) => ({ epoch, probs: async () => probsOf(fold, epoch) })),
    },
    {
      ...FOLD_METRICS,
      testRows: ordinals.length,
      epochs: epochs.map((epoch) => ({
        epoch,
        heldOutLoss: lossOf(ordinals, epoch),
        heldOutAccuracy: epoch / 10,
      })),
    },
  );
}

/** The epoch with the lowest loss over all rows, found without any of the code under test. */
function bestOf(epochs: number[]): number {
  const all = Int32Array.from({ length: ROWS }, (_, i) => i);
  return epochs.reduce((best, epoch) => (lossOf(all, epoch) < lossOf(all, best) ? epoch : best));
}

async function storedProbs(runId: string): Promise<number[]> {
  const seen: number[] = [];
  for await (const { probs } of readProbabilityBlocks(store, runId, K)) seen.push(...probs);
  return seen;
}

function expectedProbs(epoch: number): number[] {
  const rows = new Float32Array(ROWS * K);
  for (let fold = 0; fold < FOLDS; fold++) {
    const probs = probsOf(fold, epoch);
    ordinalsOf(fold).forEach((ordinal, j) => {
      rows.set(probs.subarray(j * K, (j + 1) * K), ordinal * K);
    });
  }
  return [...rows];
}

const stagingTables = async (): Promise<string[]> => {
  const { rows } = await poolOf(store).query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE tablename ~ '^fold_probabilities_[0-9]+_e'",
  );
  return rows.map((row) => row.name);
};

describe("the epoch of a run", () => {
  it("is elected by all folds; its rows become the run's, and nothing is left of the others", async () => {
    const { jobId, runId } = await queue();
    const epochs = [1, 2, 3, 4, 5];
    await doFold(jobId, 0, epochs);
    await doFold(jobId, 1, epochs);
    expect(await stagingTables()).toHaveLength(5);
    expect((await readCrossValidation(store, runId)).epochVote).toEqual({
      choice: "vote",
      epoch: null,
      candidates: [],
    });
    await doFold(jobId, 2, epochs);
    const best = bestOf(epochs);
    const { epochVote, state } = await readCrossValidation(store, runId);
    expect([state, epochVote.epoch]).toEqual(["ready", best]);
    const all = Int32Array.from({ length: ROWS }, (_, i) => i);
    expect(epochVote.candidates.map(({ epoch }) => epoch)).toEqual(epochs);
    for (const { epoch, loss } of epochVote.candidates) {
      expect(loss).toBeCloseTo(lossOf(all, epoch), 12);
    }
    expect(await storedProbs(runId)).toEqual(expectedProbs(best));
    expect(await stagingTables()).toEqual([]);
    for (const { accuracy, fold, loss } of await listFolds(store, runId)) {
      expect(accuracy).toBe(best / 10);
      expect(loss).toBeCloseTo(lossOf(ordinalsOf(fold), best), 12);
    }
    const attached = await poolOf(store).query(
      "SELECT 1 FROM fold_probabilities f JOIN cross_validations c ON c.key = f.cross_validation_key WHERE c.id = $1",
      [runId],
    );
    expect(attached.rowCount).toBe(ROWS);
    const events = await listEvents(store, jobId, undefined, 100);
    expect(events.data.find(({ data }) => data.message === "epoch-vote")?.data).toMatchObject({
      epoch: best,
      candidates: epochVote.candidates,
    });
  });

  it("is one that every fold has: a fold that ended early excludes later ones", async () => {
    const { jobId, runId } = await queue();
    await doFold(jobId, 0, [1, 2, 3, 4, 5]);
    await doFold(jobId, 1, [1, 2]);
    await doFold(jobId, 2, [1, 2, 3]);
    const { epochVote } = await readCrossValidation(store, runId);
    expect(epochVote.candidates.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(epochVote.epoch).toBe(bestOf([1, 2]));
    expect(await storedProbs(runId)).toEqual(expectedProbs(bestOf([1, 2])));
    expect(await stagingTables()).toEqual([]);
  });

  it("is not elected if each fold's own or the last one is requested", async () => {
    for (const epochChoice of ["fold", "last"]) {
      const { jobId, runId } = await queue({ epochChoice });
      for (let fold = 0; fold < FOLDS; fold++) await doFold(jobId, fold, [2]);
      expect(await stagingTables()).toEqual([]);
      const { epochVote, state } = await readCrossValidation(store, runId);
      expect([state, epochVote]).toEqual([
        "ready",
        { choice: epochChoice, epoch: null, candidates: [] },
      ]);
      expect(await storedProbs(runId)).toEqual(expectedProbs(2));
    }
  });
});

describe("a run that fails or is cancelled", () => {
  async function failAfter(folds: number) {
    const run = await queue();
    for (let fold = 0; fold < folds; fold++) await doFold(run.jobId, fold, [1, 2]);
    const held = await mustClaim(store, run.jobId, folds);
    await failTask(store, held, { ...problemOf(new Error("broken")), retryable: false });
    return run;
  }

  it("keeps finished folds for a retry, whose vote counts them, bit for bit", async () => {
    const { jobId, runId } = await failAfter(2);
    expect(await sweepStaging(store, WEEK_MS)).toEqual([]);
    expect(await stagingTables()).toHaveLength(2);
    const retry = await withTransaction(store, (tx) => createRetry(tx, jobId));
    const { job } = await readJob(store, retry);
    expect(job.tasks.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "queued"]);
    await doFold(retry, 2, [1, 2]);
    expect(await storedProbs(runId)).toEqual(expectedProbs(bestOf([1, 2])));
    expect(await stagingTables()).toEqual([]);
  });

  it("loses them with time; a retry then trains these folds again", async () => {
    const { jobId, runId } = await failAfter(2);
    await poolOf(store).query(
      "UPDATE jobs SET finished_at = now() - interval '8 days' WHERE id = $1",
      [jobId],
    );
    expect(await sweepStaging(store, WEEK_MS)).toHaveLength(1);
    expect(await stagingTables()).toEqual([]);
    const retry = await withTransaction(store, (tx) => createRetry(tx, jobId));
    const { job } = await readJob(store, retry);
    expect(job.tasks.map(({ state }) => state)).toEqual(["queued", "queued", "queued"]);
    for (let fold = 0; fold < FOLDS; fold++) await doFold(retry, fold, [1, 2]);
    expect(await storedProbs(runId)).toEqual(expectedProbs(bestOf([1, 2])));
  });

  it("keeps them for a retry that commits while the sweep waits for it", async () => {
    const { jobId, runId } = await failAfter(2);
    await poolOf(store).query(
      "UPDATE jobs SET finished_at = now() - interval '8 days' WHERE id = $1",
      [jobId],
    );
    const { retry, sweeping } = await withTransaction(store, async (tx) => {
      const retry = await createRetry(tx, jobId);
      const sweeping = sweepStaging(store, WEEK_MS);
      await eventually("the sweep to wait", async () => {
        const { rows } = await poolOf(store).query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF j%'`,
        );
        return rows.length > 0;
      });
      return { retry, sweeping };
    });
    expect(await sweeping).toEqual([]);
    await doFold(retry, 2, [1, 2]);
    expect(await storedProbs(runId)).toEqual(expectedProbs(bestOf([1, 2])));
  });

  it("leaves no table where no fold was finished", async () => {
    const { jobId } = await queue();
    const held = await mustClaim(store, jobId, 0);
    // A trainer is about to write when the job is cancelled.
    const broken = writeFold(
      store,
      held,
      {
        fold: 0,
        ordinals: ordinalsOf(0),
        labels: ordinalsOf(0),
        classCount: K,
        probs: [
          {
            epoch: 1,
            async probs() {
              await requestCancel(store, jobId);
              return probsOf(0, 1);
            },
          },
        ],
      },
      FOLD_METRICS,
    );
    await expect(broken).rejects.toThrow("no longer holds the task");
    expect(await stagingTables()).toHaveLength(1);
    await cancelTask(store, held);
    expect(await sweepStaging(store, WEEK_MS)).toHaveLength(1);
    expect(await stagingTables()).toEqual([]);
  });

  it("leaves no table when its dataset is deleted", async () => {
    const { datasetId } = await failAfter(1);
    expect(await stagingTables()).toHaveLength(2);
    await deleteDataset(store, datasetId);
    expect(await stagingTables()).toEqual([]);
  });
});
