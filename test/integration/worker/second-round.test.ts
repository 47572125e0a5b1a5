import {
  arraySource,
  findLabelIssues,
  meanInto,
  POOL_SHARES,
  poolInto,
  softLabels,
  transitionOf,
} from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  hardTargets,
  softTargets,
  type Targets,
  type TextFeatures,
  temper,
  textFeatures,
  textsOf,
} from "@winnow/linear";
import { readTrainingData } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually, jobOf, makeCsv, TINY_MODEL } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, membersOf, probabilitiesOf, train } from "../../support/service-steps.js";
import { killChildrenOf } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

const [ROWS, K] = [1_200, 3];

let service: TestService;
let datasetId: string;

beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator,trainer" } });
  datasetId = await ingestCsv(service, makeCsv(ROWS, K));
}, 540_000);

afterAll(() => service.close());

const LINEAR = { model: { kind: "linear" }, folds: 3, seed: 4 };
const NETWORK = { model: TINY_MODEL, training: { epochs: 1 }, folds: 2, backend: "wasm" };

const post = (body: object) =>
  service.client.call("createFoldTraining", { body: { datasetId, ...body } as never });

const trained = (body: object) => train(service, datasetId, body);

const stored = (id: string) => probabilitiesOf(service, id, { rows: ROWS, k: K });

/** The recipe over arrays, as the specification writes it. */
async function recipe(given: Float32Array, models: number, seed: number) {
  const { texts, labels } = await readTrainingData(service.fixture.store, datasetId);
  const folds = assignFolds(labels, 10, seed);
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const quick = await naiveBayes(features, hardTargets(labels), folds, labels);
  const teacher = new Float64Array(quick.length);
  const members = Array.from({ length: models }, () => given);
  meanInto([...members, quick], K, teacher);
  const source = arraySource(labels, teacher, K);
  const { exactJoint } = await findLabelIssues(source, { semantics: "cleanlab-2" });
  const soft = new Float64Array(quick.length);
  for await (const block of softLabels(source, transitionOf(exactJoint, K), { top: K })) {
    block.classes.forEach((c, i) => {
      soft[(block.start + Math.floor(i / block.top)) * K + c] = block.probabilities[i]!;
    });
  }
  const second = await naiveBayes(features, softTargets(soft, K), folds, labels);
  const pool = new Float64Array(quick.length);
  poolInto(
    [
      { probs: given, share: POOL_SHARES.given },
      { probs: quick, share: POOL_SHARES.quick },
      { probs: second, share: POOL_SHARES.second },
    ],
    K,
    pool,
  );
  return { quick, second, pool };
}

async function naiveBayes(
  features: TextFeatures,
  targets: Targets,
  folds: Uint8Array,
  labels: Int32Array,
): Promise<Float64Array> {
  const model = await fitNaiveBayes(features, { k: K, targets, folds });
  const scores = new Float64Array(labels.length * K);
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, scores.subarray(row * K, (row + 1) * K));
    }
  }
  temper(scores, K, fitTemperature({ scores, labels, k: K }));
  return scores;
}

function expectClose(found: Float32Array, expected: Float32Array | Float64Array): void {
  expect(found).toHaveLength(expected.length);
  let most = 0;
  found.forEach((p, i) => {
    most = Math.max(most, Math.abs(p - expected[i]!));
  });
  expect(most).toBeLessThan(1e-4);
}

describe("the second round", () => {
  it("pools the folds, the quick model and its second round, as the recipe says", async () => {
    const alone = await trained({ ...LINEAR });
    const given = await stored(alone.id);
    const { job, id } = await trained({ ...LINEAR, secondRound: true, pruning: {} });
    const expected = await recipe(given, 1, 4);
    expectClose(await stored(id), expected.pool);
    const members = await membersOf(service, id);
    expect([...members.keys()].sort()).toEqual(["linear", "quick", "second"]);
    expect(await stored(members.get("linear")!.id)).toEqual(given);
    expectClose(await stored(members.get("quick")!.id), expected.quick);
    expectClose(await stored(members.get("second")!.id), expected.second);
    for (const [member, run] of members) {
      expect(run).toMatchObject({ parentId: id, member, state: "ready", rows: ROWS });
      const bytes = new Uint8Array(
        await (
          await fetch(
            `${service.api.url}/v1/cross-validations/${id}/probabilities?member=${member}`,
          )
        ).arrayBuffer(),
      );
      const values = new Float32Array(bytes.buffer.slice(bytes.length - 4 * ROWS * K));
      expect(values).toEqual(await stored(run.id));
    }
    expect(job.tasks.map(({ fold, state }) => [fold, state])).toEqual([
      [0, "succeeded"],
      [1, "succeeded"],
      [2, "succeeded"],
      [null, "succeeded"],
    ]);
    const { data } = await service.client.call("listCrossValidations", { query: { datasetId } });
    expect(data.map((run) => run.id)).toContain(id);
    for (const run of members.values()) expect(data.map((one) => one.id)).not.toContain(run.id);
    const pruning = await service.succeeded(job.result?.pruningJobId as string);
    const { report } = await service.client.call("getPruning", {
      params: { id: pruning.pruningId as string },
    });
    expect(report?.truth?.averagePrecision?.errorOdds).toBeGreaterThan(0.9);
  });

  it("is what a network gets without being asked, and a run can go without", async () => {
    const { id, job } = await trained(NETWORK);
    expect((await membersOf(service, id)).has("network")).toBe(true);
    expect(job.tasks).toHaveLength(3);
    const alone = await trained({ ...NETWORK, secondRound: false });
    expect((await membersOf(service, alone.id)).size).toBe(0);
    expect(alone.job.tasks).toHaveLength(2);
    expect(await stored((await membersOf(service, id)).get("network")!.id)).toEqual(
      await stored(alone.id),
    );
    const url = `${service.api.url}/v1/cross-validations/${alone.id}/probabilities?member=quick`;
    const missing = await (await fetch(url)).json();
    expect(missing).toMatchObject({ code: "member-not-found", status: 404 });
  });

  it("is left out where the data set is too small, and a warning says so", async () => {
    const small = await ingestCsv(service, makeCsv(300, K));
    const { id, job } = await trained({ ...NETWORK, datasetId: small });
    expect(job.tasks).toHaveLength(2);
    const run = await service.client.call("getCrossValidation", { params: { id } });
    expect(run.warnings).toMatchObject([
      { code: "few-rows", message: expect.stringContaining("300 rows") },
    ]);
    const unasked = await trained({ ...NETWORK, datasetId: small, secondRound: false });
    const other = await service.client.call("getCrossValidation", { params: { id: unasked.id } });
    expect(other.warnings).toEqual([]);
  });

  it("survives the death of its process, is taken up by a retry, and trains no fold again", async () => {
    const large = await ingestCsv(service, makeCsv(40_000, K));
    const job = await post({ ...LINEAR, datasetId: large, secondRound: true });
    const second = async (id: string) =>
      (await jobOf(service.fixture.store, id)).tasks.find(({ fold }) => fold === null);
    await eventually("the second round", async () => {
      const task = await second(job.id);
      return task?.state === "running" && task.step > 0;
    });
    killChildrenOf(service.worker);
    await eventually("its second attempt", async () => {
      const task = await second(job.id);
      return task?.attempt === 2 && task.state === "running";
    });
    await service.client.call("cancelJob", { params: { id: job.id } });
    expect((await service.ended(job.id)).state).toBe("cancelled");
    const retry = await service.client.call("retryJob", { params: { id: job.id } });
    const { crossValidationId: id, tasks } = await service.succeeded(retry.id);
    expect(id).toBe(job.crossValidationId);
    expect(tasks.map(({ fold, attempt }) => [fold, attempt]).slice(0, 3)).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect((await membersOf(service, id as string)).size).toBe(3);
    const { rows } = await poolOf(service.fixture.store).query<{ n: number; rows: number }>(
      `SELECT count(*)::int AS n, count(DISTINCT ordinal)::int AS rows FROM fold_probabilities p
       JOIN cross_validations c ON c.key = p.cross_validation_key
       WHERE c.id = $1 OR c.parent_id = $1 GROUP BY c.id`,
      [id],
    );
    expect(rows).toEqual(Array.from({ length: 4 }, () => ({ n: 40_000, rows: 40_000 })));
  });

  it("goes with its run", async () => {
    const { id } = await trained({ ...LINEAR, secondRound: true });
    const goes = await service.client.call("getCrossValidationDeletion", { params: { id } });
    expect(goes.crossValidations).toHaveLength(4);
    const members = await membersOf(service, id);
    await service.client.call("deleteCrossValidation", { params: { id } });
    for (const { id: member } of members.values()) {
      await expect(
        service.client.call("getCrossValidation", { params: { id: member } }),
      ).rejects.toMatchObject({ problem: { code: "cross-validation-not-found" } });
    }
  });

  it("is refused for the quick model", async () => {
    await expect(post({ model: { kind: "quick" }, secondRound: true })).rejects.toMatchObject({
      problem: { code: "invalid-parameters", errors: [{ pointer: "/secondRound" }] },
    });
  });
});
