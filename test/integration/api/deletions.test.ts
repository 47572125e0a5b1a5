import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoldTrainingParams, PruningParams } from "@winnow/contracts";
import {
  createFoldTraining,
  createPruning,
  deleteCrossValidation,
  openExport,
  sweepPartitions,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { eventually } from "../../support/jobs.js";
import { mustClaim, queueTraining, seedDataset, seedPruning } from "../../support/seed-data.js";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ maxConnections: 8 });
});
afterAll(() => api.close());

const get = async (path: string) => (await api.app.inject(path)).json();
const remove = (path: string) => api.app.inject({ method: "DELETE", url: path });
const NONE = "00000000-0000-7000-8000-000000000000";

async function upload(content: string): Promise<string> {
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/uploads",
    headers: { "content-type": "application/octet-stream" },
    payload: content,
  });
  return answer.json().id;
}

describe("a cross-validation", () => {
  it("goes with its prunings, probabilities and models; its dataset stays", async () => {
    const seeded = await seedPruning(api.store, 60, 3, 2);
    const { crossValidationId, pruningId, datasetId, flagged } = seeded;
    const path = `/v1/cross-validations/${crossValidationId}`;
    const goes = await get(`${path}/deletion`);
    expect(goes).toEqual({
      id: crossValidationId,
      name: null,
      samples: 0,
      crossValidations: [crossValidationId],
      prunings: [pruningId],
      flags: flagged.length,
      bytes: expect.any(Number),
    });
    expect(goes.bytes).toBeGreaterThan(0);
    expect((await remove(path)).statusCode).toBe(204);
    for (const gone of [path, `/v1/prunings/${pruningId}`, `${path}/probabilities`]) {
      expect((await api.app.inject(gone)).statusCode).toBe(404);
    }
    expectProblem(await remove(path), "cross-validation-not-found");
    expect(await get(`/v1/datasets/${datasetId}`)).toMatchObject({ state: "ready", rows: 60 });
    expect(await sweepPartitions(api.store)).toBe(1);
    const { rows } = await poolOf(api.store).query(
      "SELECT count(*)::int AS n FROM flags f LEFT JOIN prunings p ON p.key = f.pruning_key WHERE p.key IS NULL",
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it("stays while a job makes it, prunes it, or learns from one of its prunings", async () => {
    const training = await queueTraining(api.store, await seedDataset(api.store));
    await mustClaim(api.store, training.jobId, 0);
    const made = `/v1/cross-validations/${training.crossValidationId}`;
    expectProblem(await remove(made), "cross-validation-in-use");

    const { crossValidationId, pruningId, datasetId } = await seedPruning(api.store, 60, 3, 2);
    const path = `/v1/cross-validations/${crossValidationId}`;
    const params = FoldTrainingParams.parse({
      datasetId,
      training: { softTargets: { type: "pruning", pruningId } },
    });
    // The seeded pruning has no joint to learn from.
    await poolOf(api.store).query(
      `UPDATE prunings SET matrices = matrices || '{"posteriorJoint": [[1]]}' WHERE id = $1`,
      [pruningId],
    );
    const learning = await withTransaction(api.store, (tx) => createFoldTraining(tx, params));
    for (const [at, code] of [
      [path, "cross-validation-in-use"],
      [`/v1/prunings/${pruningId}`, "pruning-in-use"],
    ] as const) {
      expect(expectProblem(await remove(at), code).detail).toContain(learning);
    }
    await api.app.inject({ method: "POST", url: `/v1/jobs/${learning}/cancel` });
    const pruning = await withTransaction(api.store, (tx) =>
      createPruning(tx, PruningParams.parse({ crossValidationId })),
    );
    expect(expectProblem(await remove(path), "cross-validation-in-use").detail).toContain(pruning);
    await api.app.inject({ method: "POST", url: `/v1/jobs/${pruning}/cancel` });
    expect((await remove(path)).statusCode).toBe(204);
    const retry = await api.app.inject({ method: "POST", url: `/v1/jobs/${pruning}/retry` });
    expectProblem(retry, "cross-validation-not-found");
  });

  it("names the jobs that use it: ids, kinds and states", async () => {
    const datasetId = await seedDataset(api.store);
    const jobs = [];
    for (let n = 0; n < 22; n++) jobs.push((await queueTraining(api.store, datasetId)).jobId);
    await mustClaim(api.store, jobs[0]!, 0);
    const all = expectProblem(await remove(`/v1/datasets/${datasetId}`), "dataset-in-use");
    expect(all.usedBy).toEqual(
      jobs.slice(0, 20).map((id, n) => ({
        id,
        kind: "fold-training",
        state: n === 0 ? "running" : "queued",
      })),
    );
    expect(all.detail).toContain(`${jobs[0]} (fold-training, running)`);
    expect(all.detail).toContain("and others");
    const body = { kind: "fold-training", datasetId, state: "queued" };
    await api.app.inject({ method: "POST", url: "/v1/jobs/cancel", payload: body });
    const last = expectProblem(await remove(`/v1/datasets/${datasetId}`), "dataset-in-use");
    expect(last.usedBy).toEqual([{ id: jobs[0], kind: "fold-training", state: "running" }]);
    expect(last.detail).toBe(
      `The job ${jobs[0]} (fold-training, running) uses the dataset; cancel it or wait for its end.`,
    );
  });

  it("keeps a pruning that is requested while the deletion waits", async () => {
    const { crossValidationId } = await seedPruning(api.store, 40, 2, 2);
    const asking = await poolOf(api.store).connect();
    try {
      await asking.query("BEGIN");
      const jobId = await createPruning(asking, PruningParams.parse({ crossValidationId }));
      const deletion = expect(
        deleteCrossValidation(api.store, crossValidationId),
      ).rejects.toMatchObject({
        code: "cross-validation-in-use",
        message: expect.stringContaining(jobId),
      });
      await eventually("the deletion to wait for the run", async () => {
        const { rows } = await poolOf(api.store).query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND wait_event_type = 'Lock' AND query LIKE 'SELECT key FROM cross_validations%'`,
        );
        return rows.length > 0;
      });
      await asking.query("COMMIT");
      await deletion;
    } finally {
      asking.release();
    }
    expect(await get(`/v1/cross-validations/${crossValidationId}`)).toMatchObject({
      state: "ready",
    });
  });

  it("ends an export of its probabilities with an error, not an empty file", async () => {
    const { crossValidationId, pruningId } = await seedPruning(api.store, 40, 2, 2);
    const { rows } = await poolOf(api.store).query<{ key: number }>(
      "SELECT key FROM cross_validations WHERE id = $1",
      [crossValidationId],
    );
    const deleting = await poolOf(api.store).connect();
    await deleting.query("BEGIN");
    await deleting.query(`TRUNCATE partitions.fold_probabilities_${rows[0]!.key}`);
    const reading = openExport(api.store, pruningId, { rows: "all", probabilities: true }).then(
      async (all) => {
        for await (const _ of all);
      },
    );
    reading.catch(() => {});
    await eventually("the export to wait", async () => {
      const { rowCount } = await poolOf(api.store).query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND wait_event_type = 'Lock' AND query LIKE 'SELECT s.ordinal%'`,
      );
      return (rowCount ?? 0) > 0;
    });
    await deleting.query("DELETE FROM cross_validations WHERE id = $1", [crossValidationId]);
    await deleting.query("COMMIT");
    deleting.release();
    await expect(reading).rejects.toThrow("deleted during the export");
  });
});

describe("a pruning", () => {
  it("goes with its flags; its run stays", async () => {
    const { crossValidationId, pruningId, flagged } = await seedPruning(api.store, 60, 3, 2);
    const path = `/v1/prunings/${pruningId}`;
    const goes = await get(`${path}/deletion`);
    expect(goes).toMatchObject({ id: pruningId, prunings: [pruningId], flags: flagged.length });
    expect((await remove(path)).statusCode).toBe(204);
    expectProblem(await remove(path), "pruning-not-found");
    expectProblem(await api.app.inject(`${path}/deletion`), "pruning-not-found");
    expect((await api.app.inject(`/v1/cross-validations/${crossValidationId}`)).statusCode).toBe(
      200,
    );
  });
});

describe("an upload", () => {
  it("goes with its file", async () => {
    const id = await upload("text,label\na,b\n");
    const file = join(api.storageDir, "uploads", id);
    expect(existsSync(file)).toBe(true);
    expect(await get(`/v1/uploads/${id}/deletion`)).toMatchObject({ id, bytes: 15, samples: 0 });
    expect((await remove(`/v1/uploads/${id}`)).statusCode).toBe(204);
    expect(existsSync(file)).toBe(false);
    expectProblem(await remove(`/v1/uploads/${id}`), "upload-not-found");
    expectProblem(await api.app.inject(`/v1/uploads/${id}/deletion`), "upload-not-found");
  });

  it("of which only a part has arrived goes with that part", async () => {
    const started = await api.app.inject({
      method: "POST",
      url: "/v1/uploads",
      headers: { "upload-length": "10" },
    });
    const { id } = started.json();
    const appended = await api.app.inject({
      method: "PATCH",
      url: `/v1/uploads/${id}`,
      headers: { "content-range": "bytes 0-3/10", "content-type": "application/octet-stream" },
      payload: "abcd",
    });
    expect(appended.json()).toMatchObject({ received: 4 });
    const part = join(api.storageDir, "uploads", `${id}.part`);
    expect(existsSync(part)).toBe(true);
    expect((await remove(`/v1/uploads/${id}`)).statusCode).toBe(204);
    expect(existsSync(part)).toBe(false);
  });

  it("stays while a job reads it", async () => {
    const id = await upload("text,label\na,b\n");
    const posted = await api.app.inject({
      method: "POST",
      url: "/v1/jobs/dataset-ingest",
      payload: { name: "n", source: { type: "upload", uploadId: id }, format: { type: "csv" } },
    });
    const problem = expectProblem(await remove(`/v1/uploads/${id}`), "upload-in-use");
    expect(problem.detail).toContain(posted.json().id);
    expect(existsSync(join(api.storageDir, "uploads", id))).toBe(true);
  });
});

describe("a dataset", () => {
  it("says what goes with it", async () => {
    const { datasetId, crossValidationId, pruningId, flagged } = await seedPruning(
      api.store,
      60,
      3,
      2,
    );
    const goes = await get(`/v1/datasets/${datasetId}/deletion`);
    expect(goes).toMatchObject({
      name: "seeded",
      samples: 60,
      crossValidations: [crossValidationId],
      prunings: [pruningId],
      flags: flagged.length,
    });
    expectProblem(await api.app.inject(`/v1/datasets/ds_${NONE}/deletion`), "dataset-not-found");
  });
});
