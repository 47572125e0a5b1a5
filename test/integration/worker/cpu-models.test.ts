import type { ApiError } from "@winnow/client";
import { assignFolds } from "@winnow/corpus";
import { quickModel, textsOf } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import {
  DROPPED,
  listFolds,
  readDecisions,
  readProbabilityBlocks,
  readTrainingData,
} from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually, jobOf, makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";
import { killChildrenOf } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000 });

const [ROWS, CLASSES] = [600, 3];

/** Its worker has no trainer. */
let service: TestService;
let datasetId: string;

beforeAll(async () => {
  service = await openService();
  datasetId = await ingestCsv(service, makeCsv(ROWS, CLASSES));
});

afterAll(() => service.close());

const post = (body: object) =>
  service.client.call("createFoldTraining", { body: { datasetId, ...body } as never });

const trained = (body: object) => train(service, datasetId, body);

async function rowsOf(id: string) {
  const rows: { fold: number; probs: number[] }[] = [];
  for await (const block of readProbabilityBlocks(service.fixture.store, id, CLASSES)) {
    for (let i = 0; i < block.rows; i++) {
      const probs = [...block.probs.subarray(i * CLASSES, (i + 1) * CLASSES)];
      rows.push({ fold: block.folds[i]!, probs });
    }
  }
  return rows;
}

describe("a quick training", () => {
  it("gives every row the probabilities of naive Bayes over ten folds, without a trainer", async () => {
    const { job, id } = await trained({ model: { kind: "quick" }, seed: 3, pruning: {} });
    const { texts, labels } = await readTrainingData(service.fixture.store, datasetId);
    const folds = assignFolds(labels, 10, 3);
    const files = [new ScratchFile(), new ScratchFile()] as const;
    const { source } = await quickModel({
      texts: textsOf(texts),
      labels,
      k: CLASSES,
      folds,
      scratch: files,
    });
    const expected = [...source.blocks()].flatMap(({ rows, probs }) =>
      Array.from({ length: rows }, (_, i) => [
        ...Float32Array.from(probs.subarray(i * CLASSES, (i + 1) * CLASSES)),
      ]),
    );
    const rows = await rowsOf(id);
    expect(rows.map(({ probs }) => probs)).toEqual(expected);
    expect(rows.map(({ fold }) => fold)).toEqual([...folds]);
    expect(job.progress).toMatchObject({ done: ROWS, total: ROWS });
    expect(job.result).toMatchObject({ rows: ROWS, accuracy: expect.any(Number) });

    const run = await service.client.call("getCrossValidation", { params: { id } });
    expect(run).toMatchObject({
      state: "ready",
      folds: 10,
      warnings: [],
      configuration: { folds: 10, model: { kind: "quick" } },
      backend: { model: "quick", cjk: false, temperature: expect.any(Number) },
    });
    const found = await listFolds(service.fixture.store, id);
    expect(found).toHaveLength(10);
    for (const fold of found) {
      expect(fold).toMatchObject({ state: "succeeded", trainRows: 540, testRows: 60, epochs: [] });
      const own = rows.flatMap(({ fold: of, probs }, row) =>
        of === fold.fold ? [{ row, probs }] : [],
      );
      const right = own.filter(
        ({ row, probs }) => probs.indexOf(Math.max(...probs)) === labels[row],
      ).length;
      expect(fold.accuracy).toBeCloseTo(right / own.length, 12);
      const loss = own.reduce((sum, { row, probs }) => sum - Math.log(probs[labels[row]!]!), 0);
      expect(fold.loss).toBeCloseTo(loss / own.length, 9);
    }
  });

  it("is pruned, and its flags are the wrong labels", async () => {
    const { job } = await trained({ model: { kind: "quick" }, pruning: {} });
    const pruning = await service.succeeded(job.result?.pruningJobId as string);
    const id = pruning.pruningId as string;
    const { report } = await service.client.call("getPruning", { params: { id } });
    expect(report?.truth?.precision).toBeGreaterThan(0.9);
    expect(report?.truth?.recall).toBeGreaterThan(0.9);
  });

  it("gives the same bits for the same seed, and other folds for another", async () => {
    const [first, again, other] = await Promise.all(
      [7, 7, 8].map(async (seed) => rowsOf((await trained({ model: { kind: "quick" }, seed })).id)),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("keeps near-duplicates in one fold, and takes as many folds as there are rows", async () => {
    const twins = makeCsv(40, 2).trim().split("\n");
    const doubled = [
      twins[0],
      ...twins.slice(1).flatMap((line) => [line, line.replace("row", "twin")]),
    ];
    const own = await ingestCsv(service, `${doubled.join("\n")}\n`);
    const { id } = await trained({
      datasetId: own,
      model: { kind: "quick" },
      nearDuplicates: "together",
    });
    const folds: number[] = [];
    for await (const block of readProbabilityBlocks(service.fixture.store, id, 2)) {
      folds.push(...block.folds);
    }
    for (let row = 0; row < folds.length; row += 2) expect(folds[row + 1]).toBe(folds[row]);
    const few = await ingestCsv(service, makeCsv(6, 2));
    const run = await trained({ datasetId: few, model: { kind: "quick" } });
    expect(await listFolds(service.fixture.store, run.id)).toHaveLength(6);
  });

  it("starts again after its process is killed, and a cancelled one can be retried", async () => {
    const own = await ingestCsv(service, makeCsv(60_000, 4));
    const job = await post({ datasetId: own, model: { kind: "quick" } });
    const task = async () => (await jobOf(service.fixture.store, job.id)).tasks[0]!;
    await eventually("the first attempt", async () => (await task()).step > 0);
    killChildrenOf(service.worker);
    await eventually("the second attempt", async () => {
      const { attempt, state } = await task();
      return attempt === 2 && state === "running";
    });
    await service.client.call("cancelJob", { params: { id: job.id } });
    expect((await service.ended(job.id)).state).toBe("cancelled");
    const retry = await service.client.call("retryJob", { params: { id: job.id } });
    const { crossValidationId } = await service.succeeded(retry.id);
    expect(crossValidationId).toBe(job.crossValidationId);
    const folds = await listFolds(service.fixture.store, crossValidationId as string);
    expect(folds.map(({ state, testRows }) => ({ state, testRows }))).toEqual(
      Array.from({ length: 10 }, () => ({ state: "succeeded", testRows: 6_000 })),
    );
  });
});

describe("a linear training", () => {
  it("trains one task a fold, and the same seed gives the same bits", async () => {
    const asked = { model: { kind: "linear", maxLength: 32 }, folds: 3, seed: 5 };
    const [first, again] = await Promise.all([trained(asked), trained(asked)]);
    expect(first.job.tasks.map(({ fold, state }) => [fold, state])).toEqual([
      [0, "succeeded"],
      [1, "succeeded"],
      [2, "succeeded"],
    ]);
    const rows = await rowsOf(first.id);
    expect(rows).toHaveLength(ROWS);
    for (const { probs } of rows) expect(probs.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(await rowsOf(again.id)).toEqual(rows);
    expect(first.job.result?.accuracy).toBeGreaterThan(0.8);
    const softer = await trained({ ...asked, training: { labelSmoothing: 0.4 } });
    expect(await rowsOf(softer.id)).not.toEqual(rows);
  });

  it("learns from soft targets of a quick run's pruning", async () => {
    const quick = await trained({ model: { kind: "quick" }, pruning: {} });
    await service.succeeded(quick.job.result?.pruningJobId as string);
    const pruningId = quick.job.result?.pruningId;
    const hard = await trained({ model: { kind: "linear" }, folds: 2 });
    const softTargets = { type: "pruning", pruningId };
    const soft = await trained({ model: { kind: "linear" }, folds: 2, training: { softTargets } });
    expect(await rowsOf(soft.id)).not.toEqual(await rowsOf(hard.id));
  });

  it("learns what people decided: kept and relabelled rows for certain, dropped rows not at all", async () => {
    const own = await ingestCsv(service, makeCsv(ROWS, CLASSES));
    const train = (training: object = {}) =>
      trained({ datasetId: own, model: { kind: "linear" }, folds: 2, training });
    const quick = await trained({ datasetId: own, model: { kind: "quick" }, pruning: {} });
    await service.succeeded(quick.job.result?.pruningJobId as string);
    const pruningId = quick.job.result?.pruningId;
    const softTargets = { type: "pruning", pruningId };
    const before = await rowsOf((await train({ softTargets })).id);
    const { labels } = await readTrainingData(service.fixture.store, own);
    const mean = (rows: Awaited<ReturnType<typeof rowsOf>>, k: number) =>
      rows.reduce((sum, { probs }) => sum + probs[k]!, 0) / rows.length;
    const { data } = await service.client.call("listDatasetClasses", { params: { id: own } });
    // Nothing is left to learn but class 2.
    const decisions = [
      { verdict: "drop" },
      { verdict: "relabel", label: data[2]!.name },
      { verdict: "keep" },
    ] as const;
    const reviews = Array.from(labels, (label, ordinal) => ({ ordinal, ...decisions[label]! }));
    await service.client.call("createReviews", {
      ...{ params: { id: own }, body: { type: "rows", reviews } },
    });
    const run = await train({ softTargets });
    const followed = await rowsOf(run.id);
    expect(mean(followed, 2)).toBeGreaterThan(0.9);
    expect(mean(before, 2)).toBeLessThan(0.5);
    const ignored = await train({ softTargets: { ...softTargets, reviews: "ignore" } });
    expect(await rowsOf(ignored.id)).toEqual(before);
    // What changes later changes nothing for the folds of a run that was made before.
    await service.client.call("undoReviews", { params: { id: own }, body: {} });
    const { store } = service.fixture;
    expect(await readDecisions(store, run.id, labels)).toEqual(
      labels.map((label) => (label === 0 ? DROPPED : 2)),
    );
    expect(await rowsOf((await train({ softTargets })).id)).toEqual(before);
  });
});

describe("what another model does not take", () => {
  it.each([
    [{ model: { kind: "quick" }, training: { epochs: 3 } }, "/training/epochs"],
    [
      {
        model: { kind: "quick" },
        training: {
          softTargets: { type: "pruning", pruningId: `pr_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59` },
        },
      },
      "/training/softTargets",
    ],
    [{ model: { kind: "quick" }, training: { keepModels: true } }, "/training/keepModels"],
    [{ model: { kind: "quick" }, training: { linearPart: false } }, "/training/linearPart"],
    [{ model: { kind: "quick" }, backend: "wasm" }, "/backend"],
    [{ model: { kind: "linear" }, training: { dropout: 0.1 } }, "/training/dropout"],
    [{ model: { kind: "linear" }, backend: "tfjs-node-gpu" }, "/backend"],
    [{ model: { kind: "quick", maxLength: 12 } }, "/model/maxLength"],
    [{ model: { kind: "linear", checkpoint: { path: "tiny" } } }, "/model/checkpoint"],
    [{ model: { kind: "gpt" } }, "/model/kind"],
    [{ model: { kind: "bert" } }, "/model/checkpoint"],
  ])("%j is refused at %s, and the error says so", async (body, pointer) => {
    const problem = await post(body).then(
      () => expect.unreachable("the request was taken"),
      (error: unknown) => (error as ApiError).problem,
    );
    expect(["validation-failed", "invalid-parameters"]).toContain(problem.code);
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    const name = pointer.split("/").at(-1)!;
    const told = `${problem.detail} ${problem.errors?.map(({ detail }) => detail).join(" ")}`;
    expect(told).toMatch(name === "kind" ? /albert.*linear.*quick/ : name);
  });
});
